/** From what was found to waves: which move together, in which order, why, and what nobody has said yet. Pure: equal facts give an equal plan. */

import { asDeclared } from "#core/inventory/as-declared.ts";
import { partitionsOf } from "#core/inventory/lag.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import { orElse } from "#core/inventory/unknown.ts";
import type { Migration } from "#core/migration/migration.ts";
import { buildGraph, clientsIn } from "./build-graph.ts";
import { checkWaves } from "./check-waves.ts";
import { type Component, componentsOf, edgesOfComponent } from "./components.ts";
import { costliestEdges } from "./costliest-edges.ts";
import { type Cut, cutWaves } from "./cut-waves.ts";
import { declaredIn } from "./declared.ts";
import { findingsOfPlan } from "./findings.ts";
import { byItemThenTopic, type Graph } from "./graph.ts";
import { inOrder } from "./in-order.ts";
import { beyond, limitsOf } from "./limits.ts";
import { namesOfWaves } from "./name-of-wave.ts";
import { compare, keyOf } from "./order-of-names.ts";
import { type Before, orderWaves } from "./order-waves.ts";
import { ownersIn } from "./owners.ts";
import { type Edge, type LoosenedEdge, type Plan, type PlannedWave, RISKS, type Risk } from "./plan.ts";
import { planGroup } from "./plan-group.ts";
import { reckon } from "./reckon.ts";
import { riskOf } from "./risk.ts";
import { type Scope, scopeOf } from "./scope.ts";
import { cutText, reasonOf } from "./sentences.ts";
import { sizesIn } from "./size.ts";
import type { Sources } from "./sources.ts";
import { subjectsOfTopics, subjectsOfWaves } from "./subjects.ts";
import { topicLoads } from "./topic-load.ts";
import { undecidedIn } from "./undecided.ts";
import { moversIn } from "./who-moves.ts";

export type ToPlan = {
  readonly migration: Migration;
  readonly source: Snapshot;
  readonly target?: Snapshot | undefined;
  /** Names of the file's waves that have started: what they move is not planned again. */
  readonly started: readonly string[];
  /** In ms: what was loosened until a day that has passed binds again. */
  readonly now: number;
};

export function proposePlan({ migration, source: seen, target, started, now }: ToPlan): Plan {
  const source = inOrder(asDeclared(seen, migration.estate));
  const fixed = migration.waves.filter(({ name }) => started.includes(name));
  const drafts = migration.waves.filter(({ name }) => !started.includes(name));
  const scope = scopeOf(migration, source, fixed);
  const declared = declaredIn(migration, drafts);
  const clients = clientsIn(migration, source);
  const sources: Sources = { migration, source, scope, declared, clients, now };
  const graph = buildGraph(sources);
  const owners = ownersIn(scope, declared, clients);
  const loads = topicLoads(source);
  const sizes = sizesIn(migration, loads);
  const limits = limitsOf(migration);
  const schemas = subjectsOfTopics(source, (subject) => scope.subjects.has(subject));

  const sized = componentsOf(graph).map((component) => ({
    component,
    risk: riskOf(component, declared, scope),
    teams: owners.ofComponent(component),
    groups: groupsOf(component).length,
  }));
  const cuts = cutWaves(sized, limits, sizes.of);
  const names = namesOfWaves(cuts, new Set(fixed.map(({ name }) => name)));
  const nameOf = ({ key }: Cut): string => names.get(key) ?? key;
  const waveOfTopic = new Map(cuts.flatMap((cut) => topicsOf(cut).map((topic) => [topic, nameOf(cut)] as const)));
  const waveOfItem = new Map(
    cuts.flatMap((cut) =>
      cut.parts.flatMap(({ component }) => component.couplings.map(({ item }) => [keyOf(item), nameOf(cut)] as const)),
    ),
  );
  const befores = graph.loosened.flatMap(({ edge }): readonly Before[] => {
    const [before, after] = [waveOfTopic.get(edge.topic), waveOfItem.get(keyOf(edge.item))];
    // A reader is fed by the reverse mirror until it moves; a writer is barred, and nobody waits for it.
    return edge.does !== "reads" || before === undefined || after === undefined || before === after
      ? []
      : [{ before, after }];
  });
  const grows = new Set(
    source.listings.throughput.items.filter((one) => orElse(one.recordsPerSecond, 0) > 0).map(({ topic }) => topic),
  );
  const dependencyOf = (cut: Cut): string | undefined => {
    const connector = cut.parts.flatMap(({ component }) => itemsOf(component, "connector"))[0];
    if (connector !== undefined) return `connector ${connector}`;
    const schema = topicsOf(cut).flatMap((topic) => schemas.ofTopic.get(topic) ?? [])[0];
    return schema === undefined ? undefined : `schema ${schema.item.name}`;
  };
  const ordered = orderWaves(
    cuts.map((cut) => ({
      name: nameOf(cut),
      level: cut.level,
      groups: cut.parts.reduce((sum, { groups }) => sum + groups, 0),
      provesTheWay:
        dependencyOf(cut) !== undefined &&
        cut.parts.some(({ groups }) => groups > 0) &&
        cut.parts.some(({ component }) => hasProducer(component, grows)),
    })),
    befores,
  );
  const inTheirOrder = cuts.toSorted((a, b) => ordered.names.indexOf(nameOf(a)) - ordered.names.indexOf(nameOf(b)));
  const needed = subjectsOfWaves(
    inTheirOrder.map((cut) => ({ topics: topicsOf(cut) })),
    schemas,
    scope.fixedTopics.keys(),
  );
  const partitions = partitionsOf(source.listings.topics);
  const moversOf = moversIn(sources);

  const planned = inTheirOrder.map((cut, index) => {
    const name = nameOf(cut);
    const components = cut.parts.map(({ component }) => component);
    const movers = moversOf(components);
    const { subjects = [], edges: ofSchemas = [] } = needed[index] ?? {};
    const groups = components
      .flatMap((component) => component.couplings)
      .filter(({ item, edges }) => item.kind === "group" && edges.length > 0)
      .flatMap(({ item, edges }) => {
        const group = scope.groups.get(item.name);
        const owned = edges.filter(({ does }) => does === "owns").length;
        return group === undefined ? [] : [planGroup(group, owners.ofGroup(group.id), owned, declared, partitions)];
      })
      .toSorted((a, b) => compare(a.id, b.id));
    const edges = [...components.flatMap((component) => edgesOfComponent(graph, component)), ...ofSchemas].toSorted(
      byItemThenTopic,
    );
    const risk = together(cut);
    const topics = topicsOf(cut);
    const told = {
      cut,
      topics: topics.length,
      groups: groups.length,
      edges,
      risk,
      isFirst: name === ordered.first && index === 0,
      dependency: dependencyOf(cut),
      loosened: graph.loosened.filter((one) => touches(one, name, waveOfTopic, waveOfItem)),
      waitsFor: [...new Set(befores.filter(({ after }) => after === name).map(({ before }) => before))].toSorted(
        compare,
      ),
    };
    const wave: PlannedWave = {
      name,
      order: index + 1,
      topics,
      groups,
      clients: movers.clients,
      connectors: components.flatMap((component) => itemsOf(component, "connector")).toSorted(compare),
      subjects,
      transactionalIds: components.flatMap((component) => itemsOf(component, "transactional-id")).toSorted(compare),
      principals: movers.principals,
      reason: reasonOf(told),
      cut: cutText(told),
      edges,
      size: sizes.of(topics, cut.teams),
      risk,
      holdsSealOf: told.waitsFor,
    };
    return { wave, undeclared: movers.undeclared };
  });
  const waves = planned.map(({ wave }) => wave);
  const { windows, sizing, costs, ...reckoned } = reckon({ migration, source, target, loads, waves, fixed });
  const costliest = costliestEdges(
    graph,
    cuts.flatMap((cut) => cut.parts.map(({ component }) => ({ component, wave: nameOf(cut) }))),
  );
  return {
    migration: migration.name,
    basis: { source: source.id, ...(target === undefined ? {} : { target: target.id }) },
    fixed: fixed.map(({ name }) => name).toSorted(compare),
    waves,
    loosened: graph.loosened,
    findings: [
      ...checkWaves(graph, scope, drafts),
      ...findingsOfPlan({
        graph,
        migration,
        now,
        over: waves.map(({ name, size, groups }) => ({
          wave: name,
          over: beyond({ size, groups: groups.length }, limits),
        })),
        costliest,
      }),
      ...ordered.findings,
      ...reckoned.findings,
    ],
    undecided: [...undecidedIn(sources, planned, owners), ...reckoned.undecided],
    costliestEdges: costliest,
    windows,
    sizing,
    costs,
    leftOut: [...scope.leftOut, ...unused(scope, graph)].toSorted((a, b) => compare(keyOf(a.item), keyOf(b.item))),
  };
}

const unused = ({ onlyIfUsed }: Scope, { topics }: Graph): Plan["leftOut"] => {
  const planned = new Set(topics);
  return [...onlyIfUsed]
    .filter((name) => !planned.has(name))
    .map((name) => ({
      item: { kind: "topic", name },
      disposition: "retire",
      because: "proposed, since it holds no record and nobody was seen to use it; nobody has decided yet",
    }));
};

const topicsOf = ({ parts }: Cut): readonly string[] =>
  parts.flatMap(({ component }) => component.topics).toSorted(compare);

const itemsOf = ({ couplings }: Component, kind: Edge["item"]["kind"]): readonly string[] =>
  couplings.filter(({ item, edges }) => item.kind === kind && edges.length > 0).map(({ item }) => item.name);

const groupsOf = (component: Component): readonly string[] => itemsOf(component, "group");

/** Seen to write, or declared to; a right alone may be nobody's any more, unless the topic grows. */
const hasProducer = ({ couplings }: Component, grows: ReadonlySet<string>): boolean =>
  couplings.some(
    ({ item, edges }) =>
      item.kind !== "connector" &&
      edges.some(({ does, evidence, topic }) => does === "writes" && (evidence !== "right" || grows.has(topic))),
  );

/** Of the worst part, with what each says. */
const together = ({ parts, level }: Cut): Risk => {
  const because = RISKS.toReversed().flatMap((one) =>
    parts.filter(({ risk }) => risk.level === one).flatMap(({ risk }) => risk.because),
  );
  return { level, because: [...new Set(because)] };
};

const touches = (
  { edge }: LoosenedEdge,
  wave: string,
  waveOfTopic: ReadonlyMap<string, string>,
  waveOfItem: ReadonlyMap<string, string>,
): boolean => waveOfTopic.get(edge.topic) === wave || waveOfItem.get(keyOf(edge.item)) === wave;
