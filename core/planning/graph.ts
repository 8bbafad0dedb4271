/** What is coupled to which topics: the edges that bind, those that a person loosened, and those to waves that have started. */

import type { Names } from "#core/inventory/loosened.ts";
import { compare, keyOf } from "./order-of-names.ts";
import type { Edge, Item, LoosenedEdge } from "./plan.ts";

/** An item with all that couples it. */
export type Coupling = {
  readonly item: Item;
  /** By which a person may loosen it. */
  readonly names: Names;
  /** Who owns it, as far as anyone says. */
  readonly owners: readonly string[];
  /** That bind it to topics that are planned. */
  readonly edges: readonly Edge[];
  /** Couplings that are the same application: the groups of a client that also writes. */
  readonly joined: readonly string[];
};

export type Graph = {
  /** Every topic that is planned, sorted. */
  readonly topics: readonly string[];
  /** By `kind/name`, sorted. */
  readonly couplings: ReadonlyMap<string, Coupling>;
  /** By topic, sorted by item. */
  readonly ofTopic: ReadonlyMap<string, readonly Edge[]>;
  readonly loosened: readonly LoosenedEdge[];
  /** To topics of waves that have started. */
  readonly crossing: readonly { readonly edge: Edge; readonly wave: string }[];
};

/** What reads a topic can be given it through the reverse mirror; what writes to it cannot. */
export const priceOf = ({ item, topic, does }: Edge): string =>
  does === "writes"
    ? `from the freeze of the wave of ${topic} on, the fence bars what ${named(item)} still writes there on the source`
    : `the wave of ${topic} is not sealed before ${named(item)} has moved: until then it reads through the reverse mirror`;

export const named = ({ kind, name }: Item): string => `${kind.replace("-", " ")} ${name}`;

export const canBeLoosened = ({ does }: Edge): boolean => does === "reads" || does === "writes";

/** Owned topics and those that an application reads beside what it writes are told with it; the text is the same for equal edges. */
export const byItemThenTopic = (a: Edge, b: Edge): number =>
  compare(keyOf(a.item), keyOf(b.item)) || compare(a.topic, b.topic) || compare(a.does, b.does);

/** What an item and those joined to it are bound to: also what its own edges do not name. */
export function edgesOf(graph: Pick<Graph, "couplings">, coupling: Coupling): readonly Edge[] {
  const through = coupling.joined.flatMap((key) => {
    const group = graph.couplings.get(key);
    return (group?.edges ?? []).map(
      ({ topic, evidence }): Edge => ({
        item: coupling.item,
        topic,
        does: "reads",
        evidence,
        says: `${named(coupling.item)} writes, and reads ${topic} with ${group === undefined ? "its group" : named(group.item)}`,
      }),
    );
  });
  const own = new Set(coupling.edges.map(({ topic, does }) => `${does} ${topic}`));
  return [...coupling.edges, ...through.filter(({ topic }) => !own.has(`reads ${topic}`))];
}
