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
 * turn all that ever came comes once more, shuffled: commands, tokens, ticks, alarms, schedules, stream records and steps.
 */
export async function driveThroughLies(lab: WaveLab, wave: LabWaveRun, edge: LyingEdge): Promise<void> {
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

  await command("resume");
  await inFreeze(wave, async () => expectReplayed(edge));
  await wave.follow({ until: ({ phase }) => phase === "producers-moved", seconds: 120 });
  await alarms.turn(ALARM, "ALARM", "12 errors in a minute");
  await wave.seen("rolled-back", 60, ({ phase }) => phase === "rolled-back");
  await expectUnmoved(wave, edge);

  await alarms.turn(ALARM, "OK", "quiet again");
  client.destroy();
  await command("retry");
  await wave.seen("replicating again", 90, ({ phase }) => phase === "replicating");
  await expectReplayed(edge);
  await inFreeze(wave, async () => expectReplayed(edge));
  await wave.follow({ until: ({ phase }) => phase === "sealed", seconds: 120 });
  await expectUnmoved(wave, edge);
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

/** The lied wave's transitions, each once, in the only order in which they can follow each other. */
export const LIED_TRANSITIONS = [
  "WaveStarted",
  "ReplicationStarted",
  "GroupMoved",
  "ConsumersMoved",
  "CutoverPrepared",
  "ThawClaimed",
  "WaveThawed",
  "WaveFrozen",
  "DrainProved",
  "ProducersMoved",
  "RollBackOrdered",
  "ReturnClaimed",
  "WaveRolledBack",
  "WaveRetried",
  "ReplicationStarted",
  "GroupMoved",
  "ConsumersMoved",
  "CutoverPrepared",
  "WaveFrozen",
  "DrainProved",
  "ProducersMoved",
  "WaveSealed",
];

/** Those of them that the journal holds; of a freeze that was thawed it may have gone some way. */
export const transitionsOf = (journal: readonly JournalEntry[]): readonly string[] => {
  const thawed = journal.findIndex(({ event }) => event === "ThawClaimed");
  const wanted = new Set(LIED_TRANSITIONS);
  const ofFreeze = ["WaveFrozen", "DrainProved"];
  return journal
    .filter(({ event }, index) => wanted.has(event) && !(index < thawed && ofFreeze.includes(event)))
    .map(({ event }) => event);
};
