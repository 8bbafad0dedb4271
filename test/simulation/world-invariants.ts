/** What must hold of clusters, mirrors and clients whenever something has changed. Each answers what is wrong, or nothing. */
import type { Side } from "#core/kafka/offset.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { isWriter, type WavePlan } from "#core/migration/migration.ts";
import { isAtRest } from "#core/wave/decisions.ts";
import type { Phase } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import type { Call } from "../in-memory/observed.ts";
import type { World } from "./world.ts";

const isWritable = ({ estate }: World, side: Side, { clients }: WavePlan, topic: string): boolean =>
  clients.some((client) => isWriter(client) && estate[side].allows(client.principal, "WRITE", topic));

/** The fence stands on the source before anybody may write on the target, and falls after nobody may. */
export function* twoWritableSides(world: World, plan: WavePlan): Generator<string> {
  for (const topic of plan.topics)
    if (isWritable(world, "source", plan, topic) && isWritable(world, "target", plan, topic))
      yield `clients may write to ${topic} on both sides`;
}

/** Both running would repeat every record for ever. */
export function* bothMirrorsRun({ estate }: World, plan: WavePlan): Generator<string> {
  const running = [...estate.connectors.values()].filter(
    ({ hasTasks, spec }) => hasTasks && spec.topics.some((topic) => plan.topics.includes(topic)),
  );
  const names = running.map(({ spec }) => spec.name).join(" and ");
  if (new Set(running.map(({ direction }) => direction)).size > 1) yield `mirrors of both directions run: ${names}`;
  else if (running.length > 1) yield `two mirrors of the same topics run: ${names}`;
}

/** Where nothing is to be done until someone asks, clients that write are on a side that accepts it. */
export function* restWithoutWriters({ estate }: World, plan: WavePlan, row: WaveRow): Generator<string> {
  // A wave is held for what came late before that is undone.
  if (!isAtRest(row) || row.hold?.kind === "late-effect") return;
  for (const client of plan.clients.filter(isWriter)) {
    const side = estate.positions.get(client.name) ?? "paused";
    const mayWrite =
      side !== "paused" && plan.topics.some((topic) => estate[side].allows(client.principal, "WRITE", topic));
    if (!mayWrite)
      yield `the wave rests (${row.phase}${row.hold === undefined ? "" : `, held: ${row.hold.reason}`}), and ${client.name} is ${side === "paused" ? "paused" : `barred on the ${side}`}`;
  }
}

/** The moment in which a client was acknowledged a record on the target. */
export function* writtenOnTarget(
  world: World,
  plan: WavePlan,
  topic: string,
  row: WaveRow | undefined,
  provedIn: number | undefined,
): Generator<string> {
  if (isWritable(world, "source", plan, topic))
    yield `${topic} was written on the target while the source is not fenced`;
  if (provedIn === undefined || provedIn !== row?.attempt)
    yield `${topic} was written on the target in attempt ${row?.attempt}, and the drain was ${provedIn === undefined ? "never proved" : `proved in attempt ${provedIn}`}`;
}

/** Records that only the target has, when a client writes to the source again. */
export function* writtenOnSource({ estate }: World, plan: WavePlan, topic: string): Generator<string> {
  const { source, target, acknowledged } = estate;
  const written = acknowledged.filter((one) => one.side === "target" && one.topic === topic);
  if (written.length === 0 || !plan.topics.includes(topic)) return;
  const there = new Set(
    source.partitionsOf(topic).flatMap((p) =>
      source
        .log(partitionKey(p))
        .visible()
        .map((r) => r.fingerprint),
    ),
  );
  const missing = written.filter(({ record }) => !there.has(record));
  if (missing.length > 0 && target.topics.has(topic))
    yield `a client went on on the source, which lacks ${missing.map(({ record }) => record).join(", ")}`;
}

const AFTER_SEAL: readonly Phase[] = ["sealing", "sealed"];

/** From the claim of the seal on nothing touches the source but to take away what the mirror was allowed there. */
export function* touchesSealedSource(plan: WavePlan, row: WaveRow, call: Call): Generator<string> {
  if (!AFTER_SEAL.includes(row.phase)) return;
  const text = JSON.stringify(call.args, (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
  const isOfWave = [...plan.topics, ...plan.groups.map(({ id }) => id), ...plan.clients.map(({ name }) => name)].some(
    (name) => text.includes(JSON.stringify(name)),
  );
  if (!isOfWave) return;
  const touches =
    (call.name.startsWith("source.") && !(call.name === "source.rights.remove" && !text.includes("DENY"))) ||
    // A stop that comes late, out of a roll-back that was withdrawn, is undone: in the end all of them stand on the target.
    (call.name === "clientSwitch.start" && call.args[1] === "source") ||
    call.name === "replicator.resume" ||
    call.name === "replicator.ensure";
  if (touches) yield `${call.name} after the seal was claimed: ${text.slice(0, 200)}`;
}

/** Clients stand still in these, and a deadline says for how long at most. */
const FROZEN: readonly Phase[] = ["freezing", "frozen", "draining", "drained", "thawing"];

/** A freeze is over, and a roll-back withdrawn, at most this long after its deadline while one hand lives, in ms. */
const GRACE = 30_000;

/** `allowed`: what the faults of this run may add to it. */
export function* pastDeadline(row: WaveRow, now: number, allowed: number): Generator<string> {
  const seconds = (since: number): string => `${((now - since) / 1000).toFixed(1)} s`;
  if (row.freeze !== undefined && FROZEN.includes(row.phase) && now > row.freeze.deadlineAt + GRACE + allowed)
    yield `freeze ${row.freeze.id} stands in ${row.phase} ${seconds(row.freeze.deadlineAt)} after its deadline (${allowed / 1000} s of it for faults)`;
  const { rollBack } = row;
  if (row.phase === "rolling-back" && rollBack !== undefined && now > rollBack.deadlineAt + GRACE + allowed)
    yield `roll-back ${rollBack.id} is not withdrawn ${seconds(rollBack.deadlineAt)} after its deadline (${allowed / 1000} s of it for faults)`;
}
