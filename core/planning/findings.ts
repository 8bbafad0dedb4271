import { endOfDay } from "#core/inventory/waivers.ts";
import type { Migration } from "#core/migration/migration.ts";
import { type Graph, named } from "./graph.ts";
import { keyOf, listed } from "./order-of-names.ts";
import type { CostlyEdge, PlanFinding } from "./plan.ts";

type Told = {
  readonly graph: Graph;
  readonly migration: Migration;
  readonly now: number;
  readonly over: readonly { readonly wave: string; readonly over: readonly string[] }[];
  readonly costliest: readonly CostlyEdge[];
};

export function* findingsOfPlan({ graph, migration, now, over, costliest }: Told): Generator<PlanFinding> {
  for (const { edge, wave } of graph.crossing)
    yield {
      kind: "split",
      wave,
      says: `${edge.says}, but wave ${wave} has started without ${named(edge.item)} or with it alone`,
      edge,
      cure: "loosen the edge in planning.loosened, or decide in estate.decisions what becomes of it",
    };
  for (const { wave, over: limits } of over) {
    if (limits.length === 0) continue;
    const way = costliest.find((one) => one.wave === wave);
    yield {
      kind: "limit",
      wave,
      says: `wave ${wave} cannot be cut smaller, since all in it is coupled: ${listed(limits, 5)}`,
      ...(way?.edges[0] === undefined ? {} : { edge: way.edges[0] }),
      cure: `${way === undefined ? "no single item holds it together" : `loosen ${named(way.item)}: ${way.gain}`} Or raise planning.limits.`,
    };
  }
  const used = new Set(graph.loosened.map(({ edge }) => keyOf(edge.item)));
  const usedFor = new Set(graph.loosened.map(({ edge }) => `${keyOf(edge.item)} ${edge.topic}`));
  for (const { kind, name, topic, until } of migration.planning?.loosened ?? []) {
    const names = [
      keyOf({ kind, name }),
      ...[...graph.couplings.values()]
        .filter((coupling) => coupling.names.some((one) => one.kind === kind && one.name === name))
        .map(({ item }) => keyOf(item)),
    ];
    const what = `${named({ kind, name })}${topic === undefined ? "" : ` from ${topic}`}`;
    const cure = "take it out of planning.loosened, or correct it";
    if (now >= endOfDay(until))
      yield {
        kind: "undeclared",
        says: `${what} was loosened until ${until}: it binds again`,
        cure: "agree on another day with whoever loosened it, or let it move with the rest",
      };
    else if (!names.some((key) => (topic === undefined ? used.has(key) : usedFor.has(`${key} ${topic}`))))
      yield { kind: "undeclared", says: `planning.loosened names an edge that is not there: ${what}`, cure };
  }
}
