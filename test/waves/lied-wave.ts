import { expect } from "vitest";
import type { JournalEntry } from "#core/journal/entry.ts";
import { until } from "#local/demo/demo-estate.ts";
import { alarmClient, alarmSetter } from "../adapters/cloudwatch/moto-alarms.ts";
import { type LyingEdge, unexpectedIn } from "./lying-edge.ts";
import { closingGates, isBeingDone, type LabWaveRun, type WaveLab } from "./wave-lab.ts";
import { whatStands } from "./what-stands.ts";

const ALARM = "lied-errors";
export const alarmOfLied = { name: ALARM, waves: ["lied"] };

/**
 * Forward, thawed, rolled back by an alarm, tried again and sealed, while every event comes several times and late; and at each
 * turn all that ever came comes once more, shuffled: commands, tokens, ticks, alarms, schedules, stream records and steps. Answers
 * how often a person thawed it.
 */
export async function driveThroughLies(lab: WaveLab, wave: LabWaveRun, edge: LyingEdge): Promise<number> {
  const client = alarmClient(lab.estate.awsUrl);
  const alarms = alarmSetter(client);
  await alarms.put(ALARM);
  await alarms.turn(ALARM, "OK", "quiet");
  const command = async (name: "start" | "thaw" | "resume" | "retry"): Promise<void> =>
    expect(await wave.command(name)).toMatchObject({ status: 200 });

  await command("start");
  await inFreeze(wave, async () => command("thaw"));
  await wave.seen("thawed", 40, ({ phase }) => phase === "cutover-ready");
  await expectUnmoved(wave, edge);

  let thaws = 1;
  for (const phase of ["draining", "moving-producers"] as const) {
    await command("resume");
    thaws += (await raceThaw(wave, phase)) ? 1 : 0;
    if ((await wave.row()).hold === undefined) break;
  }
  if ((await wave.row()).hold !== undefined) {
    await command("resume");
    await inFreeze(wave, async () => expectReplayed(edge));
  }
  // Where it is there already the seal's gate may be open, which must not be closed.
  const hasMoved = ({ phase }: { readonly phase: string }): boolean => phase === "producers-moved";
  if (!hasMoved(await wave.row())) await closingGates(wave, () => wave.seen("producers-moved", 120, hasMoved));
  await alarms.turn(ALARM, "ALARM", "12 errors in a minute");
  await wave.seen("rolled-back", 60, ({ phase }) => phase === "rolled-back");
  await expectUnmoved(wave, edge);

  await alarms.turn(ALARM, "OK", "quiet again");
  client.destroy();
  await command("retry");
  await wave.seen("replicating again", 90, ({ phase }) => phase === "replicating");
  await expectReplayed(edge);
  await inFreeze(wave, async () => expectReplayed(edge));
  await closingGates(wave, () => wave.seen("sealed", 120, ({ phase }) => phase === "sealed"));
  await expectUnmoved(wave, edge);
  return thaws;
}

/** A thaw against the step that is just about to end: one of the two wins, and who comes too late is told why. */
async function raceThaw(wave: LabWaveRun, phase: "draining" | "moving-producers"): Promise<boolean> {
  await closingGates(wave, () => wave.seen(phase, 120, (row) => row.phase === phase));
  const { status, body } = await wave.command("thaw");
  const { hold, phase: now } = await wave.seen(
    "decided",
    40,
    (row) => row.phase === "producers-moved" || (row.phase !== "thawing" && row.hold !== undefined),
  );
  if (status === 200 && now === "cutover-ready") {
    expect(hold).toMatchObject({ by: "olga", kind: "thawed-by-person" });
    expect(await wave.fence()).toEqual([]);
    for (const client of wave.declared.producers) expect(await wave.position(client)).toBe("source");
    return true;
  }
  if (status === 200) {
    // A client had written on the target when it was looked for: it goes forward, and the person is told.
    expect(hold?.reason).toMatch(/ordered by a person; it cannot thaw: clients have written on the target/);
    expect(await wave.command("resume")).toMatchObject({ status: 200 });
    await wave.seen("producers-moved", 40, (row) => row.phase === "producers-moved");
    return false;
  }
  expect(status).toBe(409);
  expect(JSON.stringify(body)).toMatch(/has no freeze to lift|on the target/);
  return false;
}

/** With the fence up. */
async function inFreeze(wave: LabWaveRun, act: () => Promise<void>): Promise<void> {
  await closingGates(wave, async () => {
    await wave.seen("freezing", 240, isBeingDone("freezing"));
    await until(20, "its fence to be up", async () => (await wave.fence()).length > 0);
  });
  await act();
}

const expectReplayed = async (edge: LyingEdge): Promise<void> => {
  const replayed = await edge.replay();
  for (const kind of ["http-", "steps-", "stream-", "timer-"])
    expect(
      Object.keys(replayed).some((name) => name.startsWith(kind)),
      kind,
    ).toBe(true);
  expect(unexpectedIn(replayed)).toEqual([]);
};

/** All that ever came comes again to a wave at rest. */
async function expectUnmoved(wave: LabWaveRun, edge: LyingEdge): Promise<void> {
  const before = await whatStands(wave);
  await expectReplayed(edge);
  expect(await whatStands(wave)).toEqual(before);
}

/** Its live group and its idle one each move once. */
const FORWARD = ["ReplicationStarted", "GroupMoved", "GroupMoved", "ConsumersMoved", "CutoverPrepared"];
const OVER = ["WaveFrozen", "DrainProved", "ProducersMoved"];

/** The lied wave's transitions, each once, in the only order in which they can follow each other. */
export const liedTransitions = (thaws: number): readonly string[] => [
  "WaveStarted",
  ...FORWARD,
  ...Array.from({ length: thaws }, () => ["ThawClaimed", "WaveThawed"]).flat(),
  ...OVER,
  "RollBackOrdered",
  "ReturnClaimed",
  "WaveRolledBack",
  "WaveRetried",
  ...FORWARD,
  ...OVER,
  "WaveSealed",
];

/** Those of them that the journal holds; how far a freeze went that was thawed, and a thaw that was refused, are left out. */
export function transitionsOf(journal: readonly JournalEntry[]): readonly string[] {
  const wanted = new Set(liedTransitions(1));
  const found: string[] = [];
  for (const { event } of journal) {
    if (event === "ThawRefused") found.splice(found.lastIndexOf("ThawClaimed"), 1);
    if (!wanted.has(event)) continue;
    if (event === "WaveThawed") {
      found.pop();
      while (OVER.includes(found.at(-1) ?? "")) found.pop();
      found.push("ThawClaimed");
    }
    found.push(event);
  }
  return found;
}
