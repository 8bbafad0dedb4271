/** What nobody has said: who must answer, with what, and whether the plan waits for it. */

import { topicsOfTransactions } from "#core/inventory/coupling.ts";
import { topicsOfGroup } from "#core/inventory/flags/flag-facts.ts";
import { isUnknown, orElse } from "#core/inventory/unknown.ts";
import { listed } from "./order-of-names.ts";
import type { Owners } from "./owners.ts";
import type { PlannedWave, Undecided } from "./plan.ts";
import type { Sources } from "./sources.ts";
import type { Movers } from "./who-moves.ts";

export const PLATFORM = "who runs the migration";

export type InWave = { readonly wave: PlannedWave; readonly undeclared: Movers["undeclared"] };

export function undecidedIn(sources: Sources, waves: readonly InWave[], owners: Owners): readonly Undecided[] {
  return [
    ...waves.flatMap((one) => [...groupsOf(sources, one), ...writersOf(one), ...connectorsOf(sources, one)]),
    ...growingOf(sources, waves),
    ...unplaced(sources, waves),
    ...readersLeftOut(sources, waves, owners),
    ...ofThePlan(sources, waves),
  ];
}

function* groupsOf({ declared, scope }: Sources, { wave }: InWave): Generator<Undecided> {
  for (const { id, owner } of wave.groups) {
    const about = { what: { kind: "group" as const, name: id }, wave: wave.name, who: owner ?? PLATFORM };
    const members = scope.groups.get(id)?.members;
    if (!declared.groups.has(id))
      yield {
        ...about,
        says: `nobody has declared group ${id}: whose it is, and where it reads a partition on which it has committed nothing`,
        cure: `add { id: ${JSON.stringify(id)}, owner, reset } to planning.groups, and whether it is replaySafe, stateful or has sideEffects`,
        blocks: true,
      };
    else if (declared.traitsOfGroup(id).replaySafe === undefined)
      yield {
        ...about,
        says: `whether group ${id} may read records twice; until somebody says so it counts as one that must not`,
        cure: "set replaySafe in planning.groups",
        blocks: false,
      };
    if (declared.clientsOfGroup(id).length === 0 && members !== undefined && (isUnknown(members) || members.length > 0))
      yield {
        ...about,
        says: `how the application that reads with group ${id} is stopped and started`,
        cure: `add a client with group ${JSON.stringify(id)}, its principal and its switch to planning.clients`,
        blocks: true,
      };
  }
}

function* writersOf({ wave, undeclared }: InWave): Generator<Undecided> {
  for (const { name, principals, writes, owner } of undeclared) {
    const here = writes.filter((topic) => wave.topics.includes(topic));
    yield {
      what: { kind: "client", name },
      wave: wave.name,
      who: owner ?? PLATFORM,
      says: `how ${name}, which writes ${listed(here)} or may, is stopped and started`,
      cure: `add a client ${principals.length > 0 ? `with principal ${listed(principals)}` : `that writes ${listed(here)}, with its principal`} and its switch to planning.clients, withdraw a right that nobody uses, or loosen the edge in planning.loosened`,
      blocks: true,
    };
  }
}

/** Grows, and nobody is known to write it: a producer without idempotence whose right is a prefix leaves no trace. */
function* growingOf({ source }: Sources, waves: readonly InWave[]): Generator<Undecided> {
  const grows = new Set(
    source.listings.throughput.items.filter((one) => orElse(one.recordsPerSecond, 0) > 0).map(({ topic }) => topic),
  );
  for (const { wave } of waves) {
    const written = new Set(
      wave.edges.filter(({ does }) => does === "writes" || does === "owns").map(({ topic }) => topic),
    );
    for (const topic of wave.topics)
      if (grows.has(topic) && !written.has(topic))
        yield {
          what: { kind: "topic", name: topic },
          wave: wave.name,
          who: PLATFORM,
          says: `who writes ${topic}, which grows`,
          cure: "name it in planning.clients[].writes of whoever does",
          blocks: false,
        };
  }
}

function* connectorsOf({ declared, scope }: Sources, { wave }: InWave): Generator<Undecided> {
  for (const name of wave.connectors) {
    const connector = scope.connectors.get(name);
    const about = {
      what: { kind: "connector" as const, name },
      wave: wave.name,
      who: scope.owners.get(`connectors/${name}`) ?? PLATFORM,
      blocks: false,
    };
    if (declared.traitsOfConnector(name).replaySafe === undefined && connector?.kind !== "source")
      yield {
        ...about,
        says: `whether connector ${name} may read records twice; until somebody says so it counts as one that must not`,
        cure: `add { name: ${JSON.stringify(name)}, replaySafe } to planning.connectors`,
      };
    for (const [does, topics] of [
      ["reads", connector?.reads],
      ["writes", connector?.writes],
    ] as const)
      if (isUnknown(topics))
        yield {
          ...about,
          says: `what connector ${name} ${does}: ${topics.unknown.why}`,
          cure: topics.unknown.cure ?? "look at its settings, and decide about it in estate.decisions",
        };
  }
}

/** Declared or seen, and coupled to no topic that is planned: no wave would move it, and nobody would notice. */
function* unplaced({ scope, declared, source }: Sources, waves: readonly InWave[]): Generator<Undecided> {
  const groups = new Set(waves.flatMap(({ wave }) => wave.groups.map(({ id }) => id)));
  for (const [id, group] of scope.groups) {
    if (groups.has(id)) continue;
    const why = [group.offsets, group.members].find(isUnknown)?.unknown;
    const topics = [...topicsOfGroup(group)];
    yield {
      what: { kind: "group", name: id },
      who: declared.groups.get(id)?.owner ?? scope.owners.get(`groups/${id}`) ?? PLATFORM,
      says:
        why === undefined
          ? `what becomes of group ${id}, since ${topics.length === 0 ? "it reads nothing" : `nothing that it reads binds it to a wave (${listed(topics)})`}`
          : `what group ${id} reads: ${why.why}`,
      cure: why?.cure ?? "decide about it in estate.decisions, or leave one edge in planning.loosened bound",
      blocks: false,
    };
  }
  const seen = new Set(source.listings.groups.items.map(({ id }) => id));
  for (const [id, { owner }] of declared.groups)
    if (!seen.has(id))
      yield {
        what: { kind: "group", name: id },
        who: owner,
        says: `what group ${id} reads: it is declared, and was not found on the source`,
        cure: "let its consumer commit there once and take a new snapshot, or take it out of the file",
        blocks: false,
      };
  const placed = new Set(waves.flatMap(({ wave }) => wave.clients));
  const moved = new Set(scope.fixedPrincipals.keys());
  for (const { name, principal, group, owner } of declared.clients) {
    if (placed.has(name) || moved.has(principal)) continue;
    yield {
      what: { kind: "client", name },
      who: owner ?? PLATFORM,
      says:
        group === undefined
          ? `what client ${name} writes: nothing shows it`
          : `what client ${name} does: its group ${group} is in no wave`,
      cure: "name its topics in planning.clients[].writes, or take it out of planning.clients",
      blocks: true,
    };
  }
  const ids = new Set(waves.flatMap(({ wave }) => wave.transactionalIds));
  for (const [transactionalId, topics] of topicsOfTransactions(source))
    if (!ids.has(transactionalId) && ![...topics].some((topic) => scope.fixedTopics.has(topic)))
      yield {
        what: { kind: "transactional-id", name: transactionalId },
        who: PLATFORM,
        says: `what transactional id ${transactionalId} writes: no broker remembers it, or it is of no wave`,
        cure: "take a snapshot while its application runs",
        blocks: false,
      };
}

/** Reads what moves and is not planned: the gate of the wave will ask for it. */
function* readersLeftOut({ source, scope }: Sources, waves: readonly InWave[], owners: Owners): Generator<Undecided> {
  const waveOf = new Map(waves.flatMap(({ wave }) => wave.topics.map((topic) => [topic, wave.name] as const)));
  const connectors = new Set(source.listings.connectors.items.map(({ group }) => group));
  for (const group of source.listings.groups.items) {
    if (scope.groups.has(group.id) || scope.fixedGroups.has(group.id) || connectors.has(group.id)) continue;
    const topic = [...topicsOfGroup(group)].toSorted().find((one) => waveOf.has(one));
    const wave = waveOf.get(topic ?? "");
    const out = scope.leftOut.find(({ item }) => item.kind === "group" && item.name === group.id);
    if (topic === undefined || wave === undefined || out === undefined) continue;
    yield {
      what: { kind: "group", name: group.id },
      wave,
      who: owners.ofGroup(group.id) ?? PLATFORM,
      says: `what becomes of group ${group.id}, which reads ${topic} and is not planned (${out.disposition}: ${out.because})`,
      cure: "delete it, decide in estate.decisions that it migrates, or loosen it in planning.loosened for as long as it stays",
      blocks: false,
    };
  }
}

const COUPLING = ["topics", "groups", "producers", "transactions", "acls", "subjects", "connectors"] as const;

function* ofThePlan({ source, migration }: Sources, waves: readonly InWave[]): Generator<Undecided> {
  const plan = (name: string) => ({ what: { kind: "plan" as const, name }, who: PLATFORM, blocks: false });
  for (const kind of COUPLING)
    for (const { unknown } of source.listings[kind].gaps)
      yield {
        ...plan(kind),
        says: `whether there are other ${kind} than those that were seen: ${unknown.why}`,
        cure: unknown.cure ?? "take a new snapshot",
      };
  for (const measure of ["partitions", "bytes", "bytesPerSecond", "drainSeconds"] as const) {
    const unknowns = waves.flatMap(({ wave: { name, size } }) => {
      const value = size[measure];
      return isUnknown(value) ? [{ name, ...value.unknown }] : [];
    });
    const [first] = unknowns;
    if (first !== undefined)
      yield {
        ...plan(measure),
        says: `the ${measure} of ${listed(unknowns.map(({ name }) => `wave ${name}`))}, so that no limit holds there: ${first.why}`,
        cure: first.cure ?? "take a new snapshot",
      };
  }
  if (orElse(migration.planning?.rollbackHours, undefined) === undefined)
    yield {
      ...plan("rollbackHours"),
      who: "the business",
      says: "how long after a wave it must be possible to go back",
      cure: "set planning.rollbackHours",
    };
}
