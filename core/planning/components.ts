import { type Coupling, edgesOf, type Graph } from "./graph.ts";
import { compare, keyOf } from "./order-of-names.ts";
import type { Edge } from "./plan.ts";
import { Union } from "./union.ts";

/** Topics that cannot be told apart by any edge that binds, with all that couples them. */
export type Component = {
  /** Sorted; the first names it. */
  readonly topics: readonly string[];
  readonly couplings: readonly Coupling[];
};

const topicNode = (topic: string): string => `topic/${topic}`;

/** The pairs that belong together: an item and its topic, a client that writes and the group that it reads with. */
export function* pairsOf(couplings: Iterable<Coupling>): Generator<readonly [string, string]> {
  for (const { item, edges, joined } of couplings) {
    const key = keyOf(item);
    for (const { topic } of edges) yield [key, topicNode(topic)];
    for (const other of joined) yield [key, other];
  }
}

export function componentsOf(graph: Pick<Graph, "topics" | "couplings">): readonly Component[] {
  const union = new Union();
  for (const [a, b] of pairsOf(graph.couplings.values())) union.join(a, b);
  const topics = Map.groupBy(graph.topics, (topic) => union.of(topicNode(topic)));
  const couplings = Map.groupBy(graph.couplings.values(), ({ item }) => union.of(keyOf(item)));
  return [...topics]
    .map(([root, of]) => ({ topics: of.toSorted(compare), couplings: couplings.get(root) ?? [] }))
    .toSorted((a, b) => compare(a.topics[0] ?? "", b.topics[0] ?? ""));
}

/** What is left of a component once some edges no longer bind, the parts by their number of topics, largest first. */
export function partsWithout(component: Component, loosened: ReadonlySet<Edge>, freed: ReadonlySet<string>) {
  const couplings = component.couplings.map(
    (coupling): Coupling => ({
      ...coupling,
      edges: coupling.edges.filter((edge) => !loosened.has(edge)),
      joined: freed.has(keyOf(coupling.item)) ? [] : coupling.joined,
    }),
  );
  return componentsOf({
    topics: component.topics,
    couplings: new Map(couplings.map((coupling) => [keyOf(coupling.item), coupling])),
  }).toSorted((a, b) => b.topics.length - a.topics.length);
}

/** All that bind it, by item and topic. */
export const edgesOfComponent = (graph: Graph, { couplings }: Component): readonly Edge[] =>
  couplings.flatMap((coupling) => edgesOf(graph, coupling));
