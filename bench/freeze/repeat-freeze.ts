import { setTimeout as sleep } from "node:timers/promises";
import { flatIds, type JournalLine, readLiveJournals } from "#local/demo/checker/journal-lines.ts";
import { pausesOf } from "#local/demo/checker/pauses.ts";
import { until } from "#local/demo/demo-estate.ts";
import { freezeShare } from "#local/demo/freeze-share.ts";
import type { Tell } from "#local/demo/tell.ts";
import type { ControlPlane } from "#local/home/start-control-plane.ts";
import type { Child } from "#local/processes/child.ts";
import type { BenchEstate } from "./bench-estate.ts";
import { checkWaves } from "./check-waves.ts";
import { FLOOR_WAVE, liveGroupsOf, migrationFile, producerUsers, readerUsers } from "./declaration.ts";
import { apiOf, freeze, postMigration, prepare, seal } from "./drive-wave.ts";
import type { Repetition } from "./figures.ts";
import { type FloorMeter, floorMeter } from "./floor.ts";
import type { Records } from "./report.ts";

/** Waves that are prepared, and later sealed and checked, side by side; each is frozen alone. */
const SIDE_BY_SIDE = 4;
/** Load before the freeze; the rate is taken from what follows its first second. */
const LOAD_MILLISECONDS = 5000;
/** Producers go on writing on the target so long after they moved. */
const GOES_ON_MILLISECONDS = 1000;

export type Bench = {
  readonly estate: BenchEstate;
  readonly control: ControlPlane;
  readonly waves: readonly string[];
  readonly tell: Tell;
  readonly signal: AbortSignal;
};

/** Every wave prepared until it waits for go, frozen under load while no other is being changed, sealed, and its records counted. */
export const repeatFreeze = async (
  bench: Bench,
): Promise<{ readonly repetitions: readonly Repetition[]; readonly records: readonly Records[] }> => {
  const { estate, control, waves, tell } = bench;
  await postMigration(control, migrationFile(estate.bootstrapServers, [FLOOR_WAVE, ...waves]));
  const repetitions: Repetition[] = [];
  const records: Records[] = [];
  let floor: FloorMeter | undefined;
  try {
    for (let from = 0; from < waves.length; from += SIDE_BY_SIDE) {
      const batch = waves.slice(from, from + SIDE_BY_SIDE);
      const readers = await prepareBatch(bench, from === 0 ? [FLOOR_WAVE, ...batch] : batch);
      floor ??= await floorMeter(control.endpoints.edge, estate.asAdmin.source);
      for (const wave of batch) {
        const repetition = await freezeOnce(bench, floor, wave);
        repetitions.push(repetition);
        tell(
          `${wave}: control plane's share ${repetition.controlPlane.milliseconds} ms, producers' view ${repetition.producersView} ms, at ${repetition.recordsPerSecond.toFixed(0)} records/s`,
        );
      }
      await Promise.all(batch.map((wave) => seal(apiOf(control, wave), wave, bench.signal)));
      await readersAtTheEnd(estate, batch);
      await Promise.all(readers.map((child) => child.stop()));
      records.push(...(await checkWaves(estate, batch)));
      tell(`${batch.join(", ")}: sealed and checked`);
    }
  } finally {
    await floor?.close();
  }
  return { repetitions, records };
};

/** The processes of the live groups' members. */
const prepareBatch = async ({ estate, control, tell, signal }: Bench, waves: readonly string[]): Promise<Child[]> => {
  for (const wave of waves) await estate.seed(wave);
  const readers: Child[] = [];
  for (const wave of waves) {
    readers.push(await estate.startReaders(wave));
    await estate.turn(wave, readerUsers, "source");
  }
  await until(60, "the live groups to process records", () =>
    waves.every((wave) => {
      const lines = readLiveJournals(estate.journalOf(wave));
      return liveGroupsOf(wave).every((group) => processed(lines, group) > 0);
    }),
  );
  await Promise.all(waves.map((wave) => prepare(apiOf(control, wave), wave, signal)));
  tell(`${waves.join(", ")}: prepared, waiting for go`);
  return readers;
};

const freezeOnce = async (
  { estate, control, signal }: Bench,
  floorOf: FloorMeter,
  wave: string,
): Promise<Repetition> => {
  const producers = await estate.startProducers(wave);
  try {
    await estate.turn(wave, producerUsers, "source");
    await until(30, `the producers of ${wave} to write`, () => writing(estate, wave).length === producerUsers.length);
    const loadFrom = Date.now() + 1000;
    // The floor is measured under the same load, and its connector runs again well before the freeze.
    const [floor] = await Promise.all([floorOf.measure(), sleep(LOAD_MILLISECONDS, undefined, { signal })]);
    const entries = await freeze(apiOf(control, wave), wave, signal);
    await sleep(GOES_ON_MILLISECONDS, undefined, { signal });
    const controlPlane = freezeShare(entries);
    if (controlPlane === undefined) throw new Error(`the journal of ${wave} tells of no freeze`);
    const lines = readLiveJournals(estate.journalOf(wave));
    const pauses = pausesOf(lines, "acknowledged").filter((pause) => producerUsers.includes(pause.client));
    if (pauses.length !== producerUsers.length)
      throw new Error(`${pauses.length} of ${producerUsers.length} producers of ${wave} wrote on both clusters`);
    const loadUntil = Math.min(...pauses.map((pause) => pause.lastAt));
    return {
      wave,
      controlPlane,
      producersView: Math.max(...pauses.map((pause) => pause.firstAt - pause.lastAt)),
      recordsPerSecond: acknowledgedBetween(lines, loadFrom, loadUntil) / ((loadUntil - loadFrom) / 1000),
      floor,
    };
  } finally {
    await producers.stop();
    await estate.turn(wave, producerUsers, "paused");
  }
};

const writing = (estate: BenchEstate, wave: string): readonly string[] => {
  const lines = readLiveJournals(estate.journalOf(wave));
  return producerUsers.filter((user) => lines.some((l) => l.what === "acknowledged" && l.client === user));
};

const acknowledgedBetween = (lines: readonly JournalLine[], from: number, to: number): number =>
  lines.reduce(
    (sum, l) =>
      l.what === "acknowledged" && l.on === "source" && l.at > from && l.at <= to ? sum + flatIds(l.ids).length : sum,
    0,
  );

const processed = (lines: readonly JournalLine[], group: string): number =>
  lines.reduce((sum, l) => (l.what === "processed" && l.group === group ? sum + flatIds(l.ids).length : sum), 0);

/** Each live group has processed as many records as were acknowledged; fewer, after a while, is the checker's to say. */
const readersAtTheEnd = async (estate: BenchEstate, waves: readonly string[]): Promise<void> => {
  const isAtEnd = (wave: string): boolean => {
    const lines = readLiveJournals(estate.journalOf(wave));
    const total = lines.reduce((sum, l) => (l.what === "acknowledged" ? sum + flatIds(l.ids).length : sum), 0);
    return liveGroupsOf(wave).every((group) => processed(lines, group) >= total);
  };
  for (const begun = Date.now(); Date.now() - begun < 15_000; ) {
    if (waves.every(isAtEnd)) return;
    await sleep(500);
  }
};
