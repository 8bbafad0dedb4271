import { OperatorFault } from "#core/fault.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { type PartitionKey, type PartitionMap, parsePartitionKey } from "#core/kafka/topic-partition.ts";
import { isSameRecord } from "#core/kafka/visible-record.ts";
import type { Client, Group } from "#core/migration/migration.ts";
import type { ProvedThrough } from "#core/offsets/translation.ts";
import { beginMirrorCursor } from "#core/verification/mirror-cursor.ts";
import { boundedLog } from "./bounded-log.ts";
import { clientOf } from "./clients-of.ts";
import { compareMirror } from "./compare-mirror.ts";
import {
  foreignCommits,
  type GroupProgress,
  loadedCommits,
  readProgress,
  sameCommits,
  storedCommits,
  writeProgress,
} from "./group-progress.ts";
import type { Commit, LogReader } from "./ports/cluster.ts";
import type { Deps, Estate } from "./ports/deps.ts";
import { memberNames, seeGroupStopped } from "./see-group.ts";
import { settleAll } from "./settle-all.ts";
import type { StepContext } from "./step-context.ts";
import { loadedPositions } from "./stored-positions.ts";
import { proveTranslations, translateGroup } from "./translate-offsets.ts";
import type { Fact } from "./wave-facts.ts";
import { wavePartitions } from "./wave-topics.ts";

export type BroughtBack = {
  readonly group: string;
  readonly client: string | null;
  /** Whether it had come to the target at all; one that had not only stood still on the source. */
  readonly wasMoved: boolean;
  readonly partitions: readonly {
    readonly partition: string;
    readonly target: string;
    readonly source: string;
    readonly basis: string;
    readonly repeats?: number;
  }[];
};

/**
 * Every group of the wave that was stopped or moved: its client stopped on the target and seen so, its position there
 * translated to the source, committed and read back. Side by side, since all of them stand still.
 */
export async function bringGroupsBack(
  deps: Deps,
  context: StepContext,
  /** Still being taken while they stop. */
  pin: Promise<Fact<"pin">>,
): Promise<readonly BroughtBack[]> {
  return settleAll(context.plan.groups.map((group) => bringBack(deps, context, group, pin)));
}

/** A group that this attempt never told to stop is on the source as it was. */
export const wasTouched = (progress: GroupProgress): boolean =>
  progress.stoppedAt !== undefined && progress.isBack !== true;

export type TouchedClient = {
  readonly group: Group;
  readonly client: Client;
  readonly progress: GroupProgress;
};

/** The clients that were moved or stopped with their groups. */
export async function touchedClients({ store }: Deps, context: StepContext): Promise<readonly TouchedClient[]> {
  const { attempt, plan, ref } = context;
  const all = await Promise.all(
    plan.groups.map(async (group) => ({
      group,
      client: clientOf(plan, group),
      progress: await readProgress(store.items, ref, group.id, attempt),
    })),
  );
  return all.flatMap(({ group, client, progress }) =>
    client !== undefined && wasTouched(progress) ? [{ group, client, progress }] : [],
  );
}

/** Told, and not yet seen stopped: clients that have nothing left to read stop meanwhile. */
export async function tellGroupsToStop(deps: Deps, context: StepContext): Promise<void> {
  const touched = await touchedClients(deps, context);
  await context.stillMine();
  await settleAll(touched.map(({ client }) => context.estate.clientSwitch.stop(client)));
}

async function bringBack(
  deps: Deps,
  context: StepContext,
  group: Group,
  taking: Promise<Fact<"pin">>,
): Promise<BroughtBack> {
  const { estate, ref } = context;
  const { items } = deps.store;
  const progress = await readProgress(items, ref, group.id, context.attempt);
  const client = clientOf(context.plan, group);
  const untouched: BroughtBack = { group: group.id, client: client?.name ?? null, wasMoved: false, partitions: [] };
  if (!wasTouched(progress)) return untouched;
  if (client !== undefined) {
    await context.stillMine();
    await estate.clientSwitch.stop(client);
  }
  // Started there perhaps, and not seen consuming: that it is no member tells nothing until it has had the time to stop.
  const mayJoin = client !== undefined && progress.target !== undefined && progress.movedAt === undefined;
  const partitions = await wavePartitions(context);
  const stopped = await seeGroupStopped(
    context,
    { cluster: estate.target, group, partitions },
    {
      seconds: context.migration.policy.groupStopSeconds + (mayJoin ? client.stopSeconds : 0),
      ...(mayJoin && { mayJoinUntil: context.monotonic() + client.stopSeconds * 1000 }),
      ...(client !== undefined && { again: () => estate.clientSwitch.stop(client) }),
      fault: async (members) =>
        new OperatorFault(
          `group ${group.id} does not stop on the target: ${
            members === "" ? "it still commits there, though it has no member" : `its members are still ${members}`
          }${client === undefined ? "" : `; client ${client.name} was told to stop by parameter ${client.switch.ssm}`}; stop them by hand`,
        ),
    },
  );
  // It has consumed nothing on the target: its commits on the source are what they were.
  if (
    progress.target === undefined ||
    (progress.movedAt === undefined && foreignCommits(progress, stopped).length === 0)
  )
    return untouched;
  const pin = await taking;
  const known = progress.back?.rollBack === pin.takenBy ? progress.back : undefined;
  const target = loadedCommits<"target">(known?.target ?? storedCommits(stopped));
  if (!sameCommits(stopped, target))
    throw new OperatorFault(
      `group ${group.id} has committed on the target after it was seen stopped there; find that client and stop it`,
    );
  const back = await translateBack(estate, group, progress, target, pin, { walksRepeats: true });
  await context.stillMine();
  await writeProgress(items, ref, group.id, {
    ...progress,
    back: { rollBack: pin.takenBy, source: storedCommits(back.commits), target: storedCommits(target) },
  });
  await commitOnSource(context, group, progress, back.commits);
  await proveBack(context, group, target, back.commits, pin);
  return { ...untouched, wasMoved: true, partitions: back.partitions };
}

type Back = { readonly commits: PartitionMap<Commit<"source">>; readonly partitions: BroughtBack["partitions"] };

/** The same point of both logs: what is before it on one side is before it on the other. */
type SamePoint = Pick<Fact<"pin">, "direction" | "source" | "target" | "repeated" | "voidBecause" | "foreignFrom">;

/** Both logs as they were at that point: then each holds what the other holds. */
const logsAt = (estate: Estate, pin: SamePoint) => ({
  source: boundedLog(estate.source.log, pin.direction === "forward" ? loadedPositions(pin.source) : new Map()),
  target: boundedLog(estate.target.log, loadedPositions(pin.target)),
});

/** Where the group's positions on the target stand on the source. */
export async function translateBack(
  estate: Estate,
  group: Group,
  progress: GroupProgress,
  target: PartitionMap<Commit<"target">>,
  pin: SamePoint,
  /** Reads everything since the move where the mirror repeated records: too long for what is asked on each tick. */
  { walksRepeats = false }: { readonly walksRepeats?: boolean } = {},
): Promise<Back> {
  const atMove = {
    source: loadedCommits<"source">(progress.source ?? {}),
    target: loadedCommits<"target">(progress.target ?? {}),
  };
  const commits = new Map<PartitionKey, Commit<"source">>();
  const partitions: BroughtBack["partitions"][number][] = [];
  const place = (key: PartitionKey, commit: Commit<"target">, offset: bigint, basis: string, repeats = 0): void => {
    commits.set(key, { offset: offsetOn<"source">(offset), metadata: commit.metadata });
    partitions.push({
      partition: key,
      target: `${commit.offset}`,
      source: `${offset}`,
      basis,
      ...(repeats > 0 && { repeats }),
    });
  };
  const moved = new Map<PartitionKey, Commit<"target">>();
  for (const [key, commit] of target) {
    const before = atMove.source.get(key);
    // Where it stands as it was put: its commit on the source is the very one that was translated.
    if (before !== undefined && atMove.target.get(key)?.offset === commit.offset && group.plan === "exact")
      place(key, commit, before.offset, "unmoved");
    else moved.set(key, commit);
  }
  const names = [...new Set([...moved.keys()].map((key) => parsePartitionKey(key).topic))];
  const [fromTopics, toTopics] = await Promise.all([
    estate.target.topics.describe(names),
    estate.source.topics.describe(names),
  ]);
  const logs = logsAt(estate, pin);
  const ends = loadedPositions(pin.target);
  const proved = new Map<PartitionKey, ProvedThrough<"target", "source">>();
  if (pin.voidBecause === undefined && pin.repeated === 0)
    for (const [key, at] of loadedPositions(pin.source))
      proved.set(key, { fromOffset: offsetOn<"target">(ends.get(key) ?? 0n), toOffset: offsetOn<"source">(at) });
  const translations = await translateGroup(
    { from: logs.target, to: logs.source },
    {
      positions: new Map([...moved].map(([key, commit]) => [key, commit.offset])),
      frontier: ends,
      proved,
      topics: { from: fromTopics, to: toTopics },
    },
  );
  const unresolved: string[] = [];
  for (const [key, commit] of moved) {
    const translation = translations.get(key);
    if (translation === undefined) continue;
    // Content alone cannot tell a repeated record from its first copy: the source goes on behind both.
    const isDoubtful = (walksRepeats && pin.repeated > 0) || "reason" in translation;
    const walked = isDoubtful ? await walkBack(estate, key, commit, atMove) : undefined;
    const foreignFrom = pin.foreignFrom?.[key];
    if (walked !== undefined) place(key, commit, walked, "walked");
    else if (!("offset" in translation)) unresolved.push(`${key}: ${translation.reason}`);
    else if (foreignFrom !== undefined)
      place(
        key,
        commit,
        await beforeForeign(logs, key, commit, translation.offset, BigInt(foreignFrom)),
        "predecessor",
      );
    else if (translation.kind === "exact") place(key, commit, translation.offset, translation.basis.method);
    else place(key, commit, translation.offset, translation.basis.method, translation.repeats);
  }
  if (unresolved.length > 0)
    throw new OperatorFault(`the offsets of group ${group.id} do not translate back: ${unresolved.join("; ")}`);
  return { commits, partitions };
}

/** Offsets before a position in which a late writer's records are looked for. */
const LOOK_BACK = 4096n;

/** A late writer's records right before the place are the group's to read: it goes on right behind the last that it has read. */
async function beforeForeign(
  { source, target }: { readonly source: LogReader<"source">; readonly target: LogReader<"target"> },
  key: PartitionKey,
  commit: Commit<"target">,
  offset: bigint,
  foreignFrom: bigint,
): Promise<bigint> {
  const partition = parsePartitionKey(key);
  const [sourceEnds, targetEnds] = await Promise.all([source.ends([partition]), target.ends([partition])]);
  const latest = (...offsets: readonly (bigint | undefined)[]): bigint =>
    offsets.reduce<bigint>((a, b) => (b !== undefined && b > a ? b : a), 0n);
  const from = latest(offset - LOOK_BACK, foreignFrom, sourceEnds.get(key)?.logStart);
  if (from >= offset) return offset;
  const lower = offsetOn<"target">(latest(commit.offset - LOOK_BACK, targetEnds.get(key)?.logStart));
  const [read, there] = await Promise.all([
    lower >= commit.offset
      ? undefined
      : target.read({ partition, from: lower, until: commit.offset, isolation: "read_committed" }),
    source.read({
      partition,
      from: offsetOn<"source">(from),
      until: offsetOn<"source">(offset),
      isolation: "read_committed",
    }),
  ]);
  const last = read?.records.at(-1);
  const copy = last && there.records.findLast((record) => isSameRecord(record, last));
  if (copy !== undefined) return copy.offset + 1n;
  return from === offset - LOOK_BACK ? offset : from;
}

/**
 * From where the group moved on, record by record: the way where a crashed worker repeated records on the target, of which
 * the source has one each. undefined: what the group consumed there is not all the forward mirror's.
 */
async function walkBack(
  estate: Estate,
  key: PartitionKey,
  commit: Commit<"target">,
  atMove: {
    readonly source: PartitionMap<Commit<"source">>;
    readonly target: PartitionMap<Commit<"target">>;
  },
): Promise<bigint | undefined> {
  const [source, target] = [atMove.source.get(key), atMove.target.get(key)];
  if (source === undefined || target === undefined) return undefined;
  const begin = beginMirrorCursor(source.offset, target.offset);
  const { log } = estate.source;
  const [ends] = [...(await log.ends([parsePartitionKey(key)])).values()];
  // Repeats may reach back behind the point of the move.
  let cursor = { ...begin, since: ends?.logStart ?? begin.since };
  const bounded = boundedLog(estate.target.log, new Map([[key, commit.offset]]));
  for (;;) {
    const compared = await compareMirror(
      { from: log, to: bounded },
      { cursors: new Map([[key, cursor]]), frontier: new Map() },
    );
    const next = compared.cursors.get(key);
    if (next === undefined || next.foreign + next.missing > 0) return undefined;
    if ((compared.behind.get(key)?.to ?? 0n) <= 0n) return next.fromOffset;
    if (next.toOffset === cursor.toOffset) return undefined;
    cursor = next;
  }
}

export async function commitOnSource(
  { estate, stillMine }: StepContext,
  group: Group,
  progress: GroupProgress,
  commits: PartitionMap<Commit<"source">>,
): Promise<void> {
  const { groups } = estate.source;
  const partitions = [...commits.keys()].map(parsePartitionKey);
  const [described, present] = await Promise.all([groups.describe([group.id]), groups.committed(group.id, partitions)]);
  const members = memberNames(described.get(group.id));
  if (members !== "")
    throw new OperatorFault(
      `group ${group.id} has members on the source while its client is on the target: ${members}; stop them`,
    );
  const seen = loadedCommits<"source">(progress.source ?? {});
  const foreign = [...present].filter(
    ([key, { offset }]) =>
      offset !== seen.get(key)?.offset &&
      offset !== commits.get(key)?.offset &&
      progress.back?.source[key]?.offset !== offset.toString(),
  );
  if (foreign.length > 0)
    throw new OperatorFault(
      `group ${group.id} has committed on the source after it moved (${foreign.map(([key, c]) => `${key} now ${c.offset}, was ${seen.get(key)?.offset ?? "none"}`).join(", ")}); find that client and stop it`,
    );
  await stillMine();
  await groups.commit(group.id, commits);
  if (!sameCommits(await groups.committed(group.id, partitions), commits))
    throw new OperatorFault(
      `the offsets of group ${group.id} on the source are not those that were committed; look who else commits there`,
    );
}

/** Both sides' next records compared: what the group gets on the source is what it would have got on the target. */
async function proveBack(
  context: StepContext,
  group: Group,
  target: PartitionMap<Commit<"target">>,
  commits: PartitionMap<Commit<"source">>,
  pin: Fact<"pin">,
): Promise<void> {
  // A late writer's record may come next on the source, and is the group's to read; repeats stand between.
  if (pin.voidBecause !== undefined || pin.repeated > 0) return;
  const logs = logsAt(context.estate, pin);
  const frontier = loadedPositions(pin.target);
  const proofs = await proveTranslations(
    { from: logs.target, to: logs.source },
    new Map(
      [...commits].map(([key, commit]) => [
        key,
        {
          committed: target.get(key)?.offset ?? offsetOn<"target">(0n),
          translated: commit.offset,
          frontier: offsetOn<"target">(frontier.get(key) ?? 0n),
        },
      ]),
    ),
  );
  const refuted = [...proofs.values()].flatMap((proof) => (proof.isProved ? [] : [proof.because]));
  if (refuted.length > 0)
    throw new OperatorFault(`the offsets of group ${group.id} are refuted by content: ${refuted.join("; ")}`);
}
