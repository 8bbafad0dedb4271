import type { Plan } from "#core/planning/plan.ts";
import { proposePlan } from "#core/planning/propose-plan.ts";
import { type Spread, spread } from "../waves/spread.ts";
import { table, whole } from "../waves/table.ts";
import { type Generated, generatedEstate, type Scale } from "./generated-estate.ts";

const LIMIT_MILLISECONDS = 2000;
const MOST_WAVES_SHOWN = 12;
const EDGES_SHOWN = 3;

export type Measured = {
  readonly text: string;
  readonly json: {
    readonly name: "plan";
    readonly figures: Readonly<Record<string, number>>;
    readonly ratios: Readonly<Record<string, number>>;
  };
  readonly troubles: readonly string[];
};

/** The first plan of a process counts with the others: nobody plans twice. */
export function measurePlan(scale: Scale, times: number): Measured {
  const estate = generatedEstate(scale);
  const runs = Array.from({ length: times }, () => {
    const begun = performance.now();
    const plan = proposePlan({ ...estate, started: [], now: estate.source.endedAt });
    return { plan, milliseconds: performance.now() - begun };
  });
  const [plan] = runs.map((run) => run.plan);
  if (plan === undefined) throw new Error(`--times ${times}: nothing was planned`);
  const of = spread(runs.map(({ milliseconds }) => milliseconds));
  const troubles = troublesOf(plan, estate, of);
  const sizes = plan.waves.map(({ topics }) => topics.length).toSorted((a, b) => b - a);
  const figures = {
    medianMilliseconds: Math.round(of.median),
    worstMilliseconds: Math.round(of.max),
    topics: scale.topics,
    groups: scale.groups,
    principals: scale.principals,
    waves: plan.waves.length,
    largestWaveTopics: sizes[0] ?? 0,
    edges: plan.waves.reduce((sum, { edges }) => sum + edges.length, 0),
    megabytes: Math.round(JSON.stringify(plan).length / 100_000) / 10,
    ...Object.fromEntries(
      plan.costliestEdges
        .slice(0, EDGES_SHOWN)
        .map(({ topicsNow, topicsThen }, n) => [`gainOfEdge${n + 1}`, topicsNow - topicsThen]),
    ),
  };
  return {
    text: textOf(plan, estate, of, troubles),
    json: { name: "plan", figures, ratios: { worstOfLimit: Number((of.max / LIMIT_MILLISECONDS).toFixed(3)) } },
    troubles,
  };
}

function troublesOf(plan: Plan, { source }: Generated, { max }: Spread): readonly string[] {
  const planned = plan.waves.flatMap(({ topics }) => topics);
  const topics = source.listings.topics.items.length;
  return [
    ...(max <= LIMIT_MILLISECONDS ? [] : [`a plan took ${whole(max)} ms; the limit is ${LIMIT_MILLISECONDS} ms`]),
    ...(new Set(planned).size === topics && planned.length === topics
      ? []
      : [`${new Set(planned).size} of ${topics} topics are planned, ${planned.length} times in all`]),
    ...(plan.costliestEdges.length >= EDGES_SHOWN
      ? []
      : [`${plan.costliestEdges.length} edges would part a wave; the estate is made so that ${EDGES_SHOWN} do`]),
  ];
}

function textOf(plan: Plan, { source, migration }: Generated, of: Spread, troubles: readonly string[]): string {
  const { topics, groups } = source.listings;
  const largest = plan.waves.toSorted((a, b) => b.topics.length - a.topics.length).slice(0, MOST_WAVES_SHOWN);
  const shown = largest.toSorted((a, b) => a.order - b.order);
  const told = (value: unknown): string => (typeof value === "number" ? whole(value) : "unknown");
  return `
${topics.items.length} topics, ${groups.items.length} groups and ${new Set(migration.planning?.clients.map(({ principal }) => principal)).size} principals become ${plan.waves.length} waves in ${whole(of.median)} ms (worst ${whole(of.max)} ms, limit ${LIMIT_MILLISECONDS} ms).
The first is ${plan.waves[0]?.name}: ${plan.waves[0]?.reason}

the largest ${shown.length} waves, in their order
${table([
  ["wave", "order", "topics", "groups", "partitions", "edges", "risk"],
  ...shown.map(({ name, order, topics: own, groups: read, size, edges, risk }) => [
    name,
    String(order),
    String(own.length),
    String(read.length),
    told(size.partitions),
    String(edges.length),
    risk.level,
  ]),
])}

what loosening would gain
${plan.costliestEdges
  .slice(0, EDGES_SHOWN)
  .map(({ gain }) => `  ${gain}`)
  .join("\n")}

${troubles.map((trouble) => `TROUBLE: ${trouble}\n`).join("")}`;
}
