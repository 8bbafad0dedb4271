import { articulationsOf } from "./articulations.ts";
import { type Component, pairsOf, partsWithout } from "./components.ts";
import { canBeLoosened, edgesOf, type Graph, named, priceOf } from "./graph.ts";
import { compare, counted, keyOf } from "./order-of-names.ts";
import type { CostlyEdge, Edge, Item } from "./plan.ts";

const MOST_TOLD = 5;
/** Looked at closely; the walk tells which are worth it. */
const MOST_TRIED = 12;

export type NamedComponent = { readonly component: Component; readonly wave: string };

/** What holds most together, and what a person would gain by loosening it: of items and of topics that many share. */
export function costliestEdges(graph: Graph, components: readonly NamedComponent[]): readonly CostlyEdge[] {
  return components
    .filter(({ component }) => component.topics.length > 1)
    .flatMap((one) => candidatesOf(one.component).map((candidate) => ({ ...one, ...candidate })))
    .toSorted((a, b) => b.promise - a.promise || compare(a.node, b.node))
    .slice(0, MOST_TRIED)
    .flatMap(({ component, wave, node }) => gainOf(graph, component, wave, node) ?? [])
    .toSorted((a, b) => saved(b) - saved(a) || b.partsThen - a.partsThen || compare(keyOf(a.item), keyOf(b.item)))
    .slice(0, MOST_TOLD);
}

const saved = ({ topicsNow, topicsThen }: CostlyEdge): number => topicsNow - topicsThen;

function candidatesOf({
  topics,
  couplings,
}: Component): readonly { readonly node: string; readonly promise: number }[] {
  const neighbours = new Map<string, string[]>(topics.map((topic) => [`topic/${topic}`, []]));
  for (const { item } of couplings) neighbours.set(keyOf(item), []);
  for (const [a, b] of pairsOf(couplings)) {
    neighbours.get(a)?.push(b);
    neighbours.get(b)?.push(a);
  }
  return articulationsOf(neighbours, (node) => (node.startsWith("topic/") ? 1 : 0)).map(({ node, parts }) => ({
    node,
    promise: topics.length - Math.max(...parts) - (node.startsWith("topic/") ? 1 : 0),
  }));
}

function gainOf(graph: Graph, component: Component, wave: string, node: string): CostlyEdge | undefined {
  const coupling = component.couplings.find(({ item }) => keyOf(item) === node);
  const item: Item = coupling?.item ?? { kind: "topic", name: node.slice("topic/".length) };
  const all = component.couplings
    .flatMap(({ edges }) => edges)
    .filter((edge) => canBeLoosened(edge) && (coupling === undefined ? edge.topic === item.name : edge.item === item));
  const freed = new Set(coupling === undefined ? [] : [node]);
  const apart = partsWithout(component, new Set(all), freed);
  // What it has in common with the largest part need not be loosened.
  const [largest] = coupling === undefined ? apart.filter(({ topics }) => !topics.includes(item.name)) : apart;
  const worth = (edge: Edge): boolean =>
    coupling !== undefined
      ? largest?.topics.includes(edge.topic) === false
      : // Nor what is bound to this topic alone.
        apart.some((part) => part !== largest && part.topics[0] !== item.name && holds(part, edge));
  const edges = all.filter(worth);
  const isEverything = (coupling?.joined.length ?? 0) > 0;
  const loosened = isEverything ? all : edges;
  const parts = partsWithout(component, new Set(loosened), isEverything ? freed : new Set());
  const topicsThen = parts[0]?.topics.length ?? 0;
  if (loosened.length === 0 || topicsThen >= component.topics.length) return undefined;
  const told =
    coupling === undefined ? loosened : edgesOf(graph, coupling).filter((e) => isEverything || loosened.includes(e));
  return {
    item,
    edges: told,
    wave,
    topicsNow: component.topics.length,
    topicsThen,
    partsThen: parts.length,
    gain: gainText(item, loosened, wave, component.topics.length, topicsThen, parts.length),
  };
}

const holds = ({ couplings }: Component, { item }: Edge): boolean => couplings.some((one) => one.item === item);

function gainText(item: Item, edges: readonly Edge[], wave: string, now: number, then: number, parts: number): string {
  const what =
    item.kind === "topic"
      ? `${counted(edges.length, "edge")} of topic ${item.name} loosened`
      : `${named(item)} loosened from ${counted(new Set(edges.map(({ topic }) => topic)).size, "topic")}`;
  const [first] = edges;
  return `With ${what}, the ${now} topics that wave ${wave} holds together fall into ${counted(parts, "part")} of at most ${counted(then, "topic")}${first === undefined ? "" : `; the price: ${priceOf(first)}${edges.length > 1 ? ", and so on" : ""}`}.`;
}
