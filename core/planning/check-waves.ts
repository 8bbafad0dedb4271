/** Waves as people wrote them, held against what is coupled: what they split, forget and name twice. */

import type { WavePlan } from "#core/migration/migration.ts";
import { edgesOf, type Graph, named } from "./graph.ts";
import { compare, listed } from "./order-of-names.ts";
import type { Edge, PlanFinding } from "./plan.ts";
import type { Scope } from "./scope.ts";

export function checkWaves(graph: Graph, scope: Scope, written: readonly WavePlan[]): readonly PlanFinding[] {
  if (written.length === 0) return [];
  const waveOf = (names: (wave: WavePlan) => readonly string[]) =>
    new Map(written.toReversed().flatMap((wave) => names(wave).map((name) => [name, wave.name] as const)));
  const waves: Homes = {
    topic: waveOf(({ topics }) => topics),
    group: waveOf(({ groups }) => groups.map(({ id }) => id)),
    principal: waveOf(({ clients }) => clients.map(({ principal }) => principal)),
  };
  return [...splits(graph, waves), ...forgotten(graph, waves), ...missing(scope, written), ...doubled(graph, written)];
}

type Homes = Readonly<Record<"topic" | "group" | "principal", ReadonlyMap<string, string>>>;

/** An item that is bound to topics of several waves, or that moves with another wave than its topics: one finding for each wave too many. */
function* splits(graph: Graph, waves: Homes): Generator<PlanFinding> {
  for (const coupling of graph.couplings.values()) {
    const { item, names } = coupling;
    const edges = edgesOf(graph, coupling).flatMap((edge) => {
      const wave = waves.topic.get(edge.topic);
      return wave === undefined ? [] : [{ edge, wave }];
    });
    const home =
      (item.kind === "group" ? waves.group.get(item.name) : undefined) ??
      names.map(({ kind, name }) => (kind === "principal" ? waves.principal.get(name) : undefined)).find(Boolean) ??
      most(edges.map(({ wave }) => wave));
    for (const [wave, [first]] of Map.groupBy(edges, (one) => one.wave)) {
      if (wave === home || home === undefined || first === undefined) continue;
      yield {
        kind: "split",
        wave: home,
        says: `${first.edge.says}, which moves with wave ${wave}, while ${named(item)} belongs to wave ${home}`,
        edge: first.edge,
        cure: `put ${first.edge.topic} and ${named(item)} into one wave, or loosen the edge in planning.loosened`,
      };
    }
  }
}

const most = (names: readonly string[]): string | undefined => {
  const counts = [...Map.groupBy(names, (name) => name)].map(([name, all]) => ({ name, count: all.length }));
  return counts.toSorted((a, b) => b.count - a.count || compare(a.name, b.name))[0]?.name;
};

function* forgotten(graph: Graph, waves: Homes): Generator<PlanFinding> {
  const home = (edge: Edge): string | undefined => waves.topic.get(edge.topic);
  for (const topic of graph.topics) {
    if (waves.topic.has(topic)) continue;
    const edges = graph.ofTopic.get(topic) ?? [];
    // The edge that says why it is missed: its item has another topic in a wave, or is in one itself.
    const [edge] = edges.filter((one) => otherHome(graph, one, waves) !== undefined);
    const wave = edge === undefined ? undefined : otherHome(graph, edge, waves);
    yield {
      kind: "forgotten",
      ...(wave === undefined ? {} : { wave }),
      says: `topic ${topic} is in no wave${edge === undefined ? "" : `, although ${edge.says}, which belongs to wave ${wave}`}`,
      ...(edge === undefined ? (edges[0] === undefined ? {} : { edge: edges[0] }) : { edge }),
      cure: `put it into ${wave === undefined ? "a wave" : `wave ${wave}`}, or decide in estate.decisions what becomes of it`,
    };
  }
  for (const { item, names, edges } of graph.couplings.values()) {
    const isNamed =
      item.kind === "group"
        ? waves.group.has(item.name)
        : names.some(({ kind, name }) => kind === "principal" && waves.principal.has(name));
    const isWritten = item.kind === "group" || names.some(({ kind }) => kind === "principal");
    const edge = edges.find((one) => home(one) !== undefined);
    if (isNamed || !isWritten || edge === undefined) continue;
    yield {
      kind: "forgotten",
      wave: home(edge) ?? "",
      says: `${named(item)} is in no wave, although ${edge.says}`,
      edge,
      cure: `put ${item.kind === "group" ? "it" : "its client"} into wave ${home(edge)}, or loosen the edge in planning.loosened`,
    };
  }
}

const otherHome = (graph: Graph, { item, topic }: Edge, waves: Homes): string | undefined => {
  const coupling = graph.couplings.get(`${item.kind}/${item.name}`);
  const own = item.kind === "group" ? waves.group.get(item.name) : undefined;
  return (
    own ?? coupling?.edges.map((edge) => (edge.topic === topic ? undefined : waves.topic.get(edge.topic))).find(Boolean)
  );
};

function* missing(scope: Scope, written: readonly WavePlan[]): Generator<PlanFinding> {
  for (const wave of written) {
    const gone = [
      ...wave.topics.filter((topic) => !scope.topics.has(topic)).map((topic) => `topic ${topic}`),
      ...wave.groups.filter(({ id }) => !scope.groups.has(id)).map(({ id }) => `group ${id}`),
    ];
    if (gone.length > 0)
      yield {
        kind: "undeclared",
        wave: wave.name,
        says: `wave ${wave.name} names what the snapshot does not have: ${listed(gone, 5)}`,
        cure: "correct the name, or take it out of the wave; then take a new snapshot",
      };
  }
}

function* doubled(graph: Graph, written: readonly WavePlan[]): Generator<PlanFinding> {
  const kinds = [
    { kind: "topic" as const, names: ({ topics }: WavePlan) => topics },
    { kind: "group" as const, names: ({ groups }: WavePlan) => groups.map(({ id }) => id) },
    // One principal may have several clients in a wave; in several waves it would be barred while a part of it still writes.
    { kind: "principal" as const, names: ({ clients }: WavePlan) => [...new Set(clients.map((c) => c.principal))] },
  ];
  for (const { kind, names } of kinds) {
    const all = written.flatMap((wave) => names(wave).map((name) => ({ name, wave: wave.name })));
    for (const [name, named] of Map.groupBy(all, (one) => one.name)) {
      if (named.length < 2) continue;
      const edge = edgeOf(graph, kind, name);
      yield {
        kind: "duplicated",
        wave: named[0]?.wave ?? "",
        says: `${kind} ${name} is named ${named.length} times: by ${listed(
          [...new Set(named.map(({ wave }) => `wave ${wave}`))],
          5,
        )}`,
        ...(edge === undefined ? {} : { edge }),
        cure:
          kind === "principal"
            ? "give each client a principal of its own, or move them in one wave"
            : "leave it in one wave",
      };
    }
  }
}

const edgeOf = (graph: Graph, kind: "topic" | "group" | "principal", name: string): Edge | undefined =>
  kind === "topic"
    ? graph.ofTopic.get(name)?.[0]
    : [...graph.couplings.values()].find(({ names }) => names.some((one) => one.kind === kind && one.name === name))
        ?.edges[0];
