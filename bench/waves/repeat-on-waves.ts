import type { ClusterName } from "#local/demo/checker/journal-lines.ts";
import { readLiveJournals } from "#local/demo/checker/journal-lines.ts";
import { until } from "#local/demo/demo-estate.ts";
import type { Child } from "#local/processes/child.ts";
import { type BareCalls, bareCalls } from "./bare-calls.ts";
import type { Bench } from "./bench.ts";
import { checkWaves } from "./check-waves.ts";
import { FLOOR_WAVE, liveGroupsOf, migrationFile, producerUsers, readerUsers } from "./declaration.ts";
import { apiOf, postMigration, prepare } from "./drive-wave.ts";
import type { Records } from "./records.ts";
import { processed, readersAtTheEnd, writing } from "./watch-clients.ts";

export type Repeated<R> = { readonly repetitions: readonly R[]; readonly records: readonly Records[] };

/**
 * Every wave is prepared until it waits for go, measured under load while no other is being changed, ended, and its records
 * are counted. Preparing, ending and counting is done for several waves side by side.
 */
export const repeatOnWaves = async <R>(
  bench: Bench,
  o: {
    readonly sideBySide: number;
    readonly alarms?: Parameters<typeof migrationFile>[2];
    /** Its producers write on the source; they are stopped afterwards. */
    readonly once: (wave: string, calls: BareCalls) => Promise<R>;
    readonly sentence: (repetition: R) => string;
    readonly end: (wave: string) => Promise<void>;
    /** The cluster whose log holds every record in the end. */
    readonly whole: ClusterName;
    /** Said of a wave once it is ended and checked. */
    readonly ended: string;
  },
): Promise<Repeated<R>> => {
  const { estate, control, waves, tell } = bench;
  await postMigration(control, migrationFile(estate.bootstrapServers, [FLOOR_WAVE, ...waves], o.alarms));
  const repetitions: R[] = [];
  const records: Records[] = [];
  let calls: BareCalls | undefined;
  try {
    for (let from = 0; from < waves.length; from += o.sideBySide) {
      const batch = waves.slice(from, from + o.sideBySide);
      const readers = await prepareSideBySide(bench, from === 0 ? [FLOOR_WAVE, ...batch] : batch);
      calls ??= await bareCalls(control.endpoints.edge, estate);
      for (const wave of batch) {
        const repetition = await underLoad(bench, wave, calls, o.once);
        repetitions.push(repetition);
        tell(`${wave}: ${o.sentence(repetition)}`);
      }
      await Promise.all(batch.map((wave) => o.end(wave)));
      await readersAtTheEnd(estate, batch);
      await Promise.all(readers.map((child) => child.stop()));
      records.push(...(await checkWaves(estate, batch, o.whole)));
      tell(`${batch.join(", ")}: ${o.ended} and checked`);
    }
  } finally {
    await calls?.close();
  }
  return { repetitions, records };
};

/** The processes of the live groups' members. */
const prepareSideBySide = async (
  { estate, control, tell, signal }: Bench,
  waves: readonly string[],
): Promise<Child[]> => {
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

const underLoad = async <R>(
  { estate }: Bench,
  wave: string,
  calls: BareCalls,
  once: (wave: string, calls: BareCalls) => Promise<R>,
): Promise<R> => {
  const producers = await estate.startProducers(wave);
  try {
    await estate.turn(wave, producerUsers, "source");
    await until(
      30,
      `the producers of ${wave} to write`,
      () => writing(estate, wave, "source").length === producerUsers.length,
    );
    return await once(wave, calls);
  } finally {
    await producers.stop();
    await estate.turn(wave, producerUsers, "paused");
  }
};
