import { setTimeout as sleep } from "node:timers/promises";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { readLiveJournals } from "#local/demo/checker/journal-lines.ts";
import { type Pause, pausesOf } from "#local/demo/checker/pauses.ts";
import { until } from "#local/demo/demo-estate.ts";
import { estateAlarm } from "#local/demo/estate-alarm.ts";
import type { BareCalls } from "../waves/bare-calls.ts";
import type { Bench } from "../waves/bench.ts";
import { type BenchEstate, idleCommits } from "../waves/bench-estate.ts";
import { liveGroupsOf, PARTITIONS, producerUsers, topicOf } from "../waves/declaration.ts";
import { apiOf, followBack, freeze } from "../waves/drive-wave.ts";
import { type Repeated, repeatOnWaves } from "../waves/repeat-on-waves.ts";
import { acknowledgedPerSecond, writing } from "../waves/watch-clients.ts";
import type { Floor, Repetition } from "./figures.ts";
import { rollBackShare } from "./roll-back-share.ts";

/** Load on the target before the alarm; the rate is taken from what follows its first second. */
const LOAD_MILLISECONDS = 4000;

const alarmOf = (wave: string): string => `${wave}-errors`;

type Alarm = ReturnType<typeof estateAlarm>;

/** Every wave's producers moved under load while no other wave is being changed, then rolled back by its alarm. */
export const repeatRollBack = async (bench: Bench): Promise<Repeated<Repetition>> => {
  const alarms = new Map<string, Alarm>();
  try {
    // A wave whose alarm is not there yet stays at its gate.
    for (const wave of bench.waves) {
      const alarm = estateAlarm(bench.estate.estate.awsUrl, alarmOf(wave));
      alarms.set(wave, alarm);
      await alarm.create();
    }
    return await repeatOnWaves(bench, {
      sideBySide: 5,
      alarms: bench.waves.map((wave) => ({ name: alarmOf(wave), waves: [wave] })),
      once: (wave, calls) => rollBackOnce(bench, calls, alarms.get(wave), wave),
      sentence: ({ share, consumersStoodStill, producersStoodStill, recordsPerSecond }) =>
        `alarm to rolled back ${share.milliseconds} ms, consumers stood still ${consumersStoodStill} ms, producers ${producersStoodStill} ms, at ${recordsPerSecond.toFixed(0)} records/s`,
      // Its groups go on where they came from.
      end: async () => undefined,
      whole: "source",
      ended: "read to the end on the source",
    });
  } finally {
    for (const alarm of alarms.values()) alarm.end();
  }
};

const rollBackOnce = async (
  { estate, control, signal }: Bench,
  calls: BareCalls,
  alarm: Alarm | undefined,
  wave: string,
): Promise<Repetition> => {
  const api = apiOf(control, wave);
  await freeze(api, wave, signal);
  await until(
    30,
    `the producers of ${wave} to write on the target`,
    () => writing(estate, wave, "target").length === producerUsers.length,
  );
  const loadFrom = Date.now() + 1000;
  // The floor is measured under the same load, and its connector runs again well before the alarm.
  const [floor] = await Promise.all([floorOf(calls), sleep(LOAD_MILLISECONDS, undefined, { signal })]);
  const alarmAt = Date.now();
  await alarm?.turn("ALARM", "12 errors in a minute");
  const entries = await followBack(api, wave, signal);
  const share = rollBackShare(entries, alarmAt);
  if (share === undefined) throw new Error(`the journal of ${wave} tells of no roll-back by its alarm`);
  await until(
    20,
    `the clients of ${wave} to act on the source`,
    () => waysBack(estate, wave).length === producerUsers.length + liveGroupsOf(wave).length,
  );
  const back = waysBack(estate, wave);
  const longest = (clients: readonly string[]): number =>
    Math.max(...back.filter(({ client }) => clients.includes(client)).map((pause) => pause.firstAt - pause.lastAt));
  return {
    wave,
    share,
    alarmToClientsBack: Math.max(...back.map((pause) => pause.firstAt)) - alarmAt,
    consumersStoodStill: longest(liveGroupsOf(wave)),
    producersStoodStill: longest(producerUsers),
    recordsPerSecond: acknowledgedPerSecond(
      readLiveJournals(estate.journalOf(wave)),
      "target",
      loadFrom,
      Math.min(...back.filter(({ client }) => producerUsers.includes(client)).map((pause) => pause.lastAt)),
    ),
    floor,
    findings: await idleGroupsElsewhere(estate, wave),
  };
};

/** Each client's way from the target to the source. */
const waysBack = (estate: BenchEstate, wave: string): readonly Pause[] => {
  const lines = readLiveJournals(estate.journalOf(wave));
  return [...pausesOf(lines, "acknowledged"), ...pausesOf(lines, "processed")].filter(({ to }) => to === "source");
};

/** Who consumed nothing on the target must stand on the source exactly where it stood before. */
const idleGroupsElsewhere = async (estate: BenchEstate, wave: string): Promise<readonly string[]> => {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: topicOf(wave), partition }));
  const findings: string[] = [];
  for (const [group, offset] of idleCommits(wave)) {
    const commits = await estate.sourceGroups.committed(group, partitions);
    const wrong = partitions.map(partitionKey).filter((key) => commits.get(key)?.offset !== offset);
    if (wrong.length > 0) findings.push(`group ${group} is not at ${offset} any more on ${wrong.join(", ")}`);
  }
  return findings;
};

const floorOf = async (calls: BareCalls): Promise<Floor> => {
  const stop = await calls.stop();
  const fence = await calls.fence();
  const commit = await calls.commit();
  await calls.resume();
  return { stop, fence, commit };
};
