/** What must hold when every wave has ended and nothing moves any more. */
import { createHash } from "node:crypto";
import { verifyChain } from "#core/journal/chain.ts";
import { isWriter, type WavePlan } from "#core/migration/migration.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import type { World } from "./world.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Everybody can be reached, producers are silent; mirrors and consumers do what is left to do. */
function comeToRest({ estate, migration }: World): void {
  estate.source.isDown = false;
  estate.target.isDown = false;
  estate.deaf.clear();
  for (let turns = 0; turns < 3; turns++) {
    for (const connector of estate.connectors.values()) estate.mirrors.mirror(connector);
    for (const wave of migration.waves)
      for (const client of wave.clients) {
        estate.clients.look(client.name);
        if (isWriter(client) && client.kind === "producer") continue;
        estate.clients.consume(wave, client);
      }
  }
}

export async function* wrongInTheEnd(world: World): AsyncGenerator<string> {
  comeToRest(world);
  for (const plan of world.migration.waves) {
    const ref = { migration: world.migration.name, wave: plan.name };
    const row = await world.stored.wave(ref);
    if (row === undefined) continue;
    const journal = await world.stored.journal(ref);
    const broken = verifyChain(journal, sha256, row.journal);
    if (broken !== undefined) yield `${plan.name}: the journal's chain is broken at ${broken}`;
    for (const wrong of [
      ...wrongRecords(world, plan, row),
      ...leftBehind(world, plan, row),
      ...unannounced(world, row),
    ])
      yield `${plan.name}, ${row.phase}: ${wrong}`;
  }
  if (world.estate.workers.size > 0 && world.estate.connectors.size === 0)
    yield `no connector is left, and workers run: ${[...world.estate.workers].join(", ")}`;
  // Whoever took a wave out of a gate tells its execution so, once: where that process died it waits out its year, and does nothing.
  const mayBeUntold =
    world.crashedAt.length > 0 ||
    (["crash-before", "crash-after", "host-crash", "refused", "timed-out-after-the-deed"] as const).some((f) =>
      world.struck.has(f),
    );
  const waiting = mayBeUntold ? [] : (world.engine?.waiting() ?? []);
  if (waiting.length > 0) yield `executions wait for a token that nobody has: ${waiting.join(", ")}`;
}

/** Each record once, wherever it was written and read; a worker that crashed may have repeated some. */
function* wrongRecords({ estate, forced, late, lost, struck }: World, plan: WavePlan, row: WaveRow): Generator<string> {
  const mayRepeat = struck.has("worker-crash") || forced.has(plan.name);
  const counted = (records: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const record of records) counts.set(record, (counts.get(record) ?? 0) + 1);
    return counts;
  };
  function* compare(what: string, wanted: readonly string[], found: readonly string[]): Generator<string> {
    const [want, have] = [counted(wanted), counted(found)];
    const missing = [...want.keys()].filter((record) => !have.has(record));
    const more = [...have].filter(
      ([record, times]) => times > (mayRepeat ? Number.POSITIVE_INFINITY : 1) || !want.has(record),
    );
    if (missing.length > 0) yield `${what} lacks ${missing.length} of ${want.size}: ${missing.slice(0, 5).join(", ")}`;
    if (more.length > 0)
      yield `${what} has too often: ${more
        .slice(0, 5)
        .map(([record, times]) => `${record} ${times} times`)
        .join(", ")}`;
  }
  // What was written late stays on the source: it is lost to the target if that very attempt is sealed, which a person was told.
  const stays = ({ attempt }: World["late"][number]): boolean => row.phase !== "sealed" || attempt < row.attempt;
  const acknowledged = (topic: string): string[] =>
    estate.acknowledged.flatMap((one) => (one.topic === topic && !lost.has(one.record) ? [one.record] : []));
  const written = (topic: string): string[] => [
    ...acknowledged(topic),
    ...late.filter((one) => one.topic === topic && stays(one)).map(({ record }) => record),
  ];
  const side = row.phase === "sealed" ? "target" : "source";
  for (const topic of plan.topics)
    yield* compare(`${topic} on the ${side}`, written(topic), estate.recordsOn(side, topic));
  for (const { id } of plan.groups) {
    const reads =
      plan.clients.find(({ group }) => group === id)?.kind === "both" ? plan.topics.slice(0, 1) : plan.topics;
    // A group that has read on behind a late record does not come by it again: the hold asks a person to see to it.
    const processed = (estate.processed.get(id) ?? []).filter(
      (record) => !lost.has(record) && late.every((one) => one.record !== record),
    );
    yield* compare(`group ${id}`, reads.flatMap(acknowledged), processed);
  }
}

function* leftBehind({ estate, forced }: World, plan: WavePlan, row: WaveRow): Generator<string> {
  // On a target that was gone nothing could be taken away; the next attempt does it first.
  const isCleared = row.phase === "sealed" || !forced.has(plan.name);
  const home = row.phase === "sealed" ? "target" : "source";
  for (const { name } of plan.clients)
    if (estate.positions.get(name) !== home) yield `${name} is ${estate.positions.get(name)}`;
  const ofWave = (topic: string): boolean => plan.topics.includes(topic);
  const denied = (side: "source" | "target") =>
    estate[side].acls.filter((e) => e.permission === "DENY" && ofWave(e.resourceName));
  if (row.phase === "sealed" && denied("source").length === 0) yield "the fence on the source is gone";
  if (row.phase !== "sealed" && denied("source").length > 0) yield "a fence stands on the source";
  if (isCleared && denied("target").length > 0) yield "a fence stands on the target";
  const writes = estate.target.acls.filter((e) => e.operation === "WRITE" && ofWave(e.resourceName));
  const mirrors = writes.filter((e) => e.principal.startsWith("User:mirror"));
  if (isCleared && row.phase !== "sealed" && writes.length > mirrors.length)
    yield "clients still may write on the target";
  for (const { direction, spec } of estate.connectors.values())
    if ((isCleared || direction === "reverse") && spec.topics.some(ofWave))
      yield `connector ${spec.name} is still there`;
}

/** Whether the last entry of every wave has been announced. */
export const isAnnounced = ({ announced, observer, refs }: World): boolean =>
  refs.every(({ wave }) => {
    const last = observer?.rowOf(wave)?.journal.sequence ?? 0;
    return announced.some((entry) => entry.wave === wave && entry.sequence === last);
  });

/** Every entry was announced, and first in order. */
function* unannounced({ announced }: World, row: WaveRow): Generator<string> {
  let last = 0;
  for (const { wave, sequence } of announced)
    if (wave === row.wave && sequence > last) {
      if (sequence !== last + 1) yield `entry ${sequence} was announced after ${last}`;
      last = sequence;
    }
  if (last !== row.journal.sequence)
    yield `${row.journal.sequence - last} of ${row.journal.sequence} entries were not announced`;
}
