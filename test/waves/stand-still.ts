import type { ClusterName, JournalLine } from "#local/demo/checker/journal-lines.ts";
import { until } from "#local/demo/demo-estate.ts";
import type { LabWaveRun } from "./wave-lab.ts";

/** Those that run: all of the wave's clients but the idle group's. */
const working = ({ producers, liveGroups, processor }: LabWaveRun["declared"]): readonly string[] => [
  ...producers,
  ...liveGroups,
  ...(processor === undefined ? [] : [processor]),
];

const isWork = (line: JournalLine): boolean => line.what === "acknowledged" || line.what === "processed";

/** Each client writes or processes there from now on. */
export async function seenAtWork(wave: LabWaveRun, on: ClusterName): Promise<void> {
  const since = Date.now();
  const { name } = wave.declared;
  await until(30, `every client of wave ${name} to work on the ${on}`, () => {
    const lines = wave.readJournalLines().filter((line) => isWork(line) && line.on === on && line.at > since);
    return working(wave.declared).every((client) => lines.some((line) => line.client === client));
  });
}

/** The longest time in which each client did nothing, from its last act before `since` until now, in seconds. */
export function standStills(wave: LabWaveRun, since: number): Readonly<Record<string, number>> {
  const lines = wave.readJournalLines().filter(isWork);
  const longest = (client: string): number => {
    const acts = lines.flatMap((line) => (line.client === client ? [line.at] : [])).sort((a, b) => a - b);
    const begin = acts.findLast((at) => at <= since) ?? since;
    const moments = [begin, ...acts.filter((at) => at > since), Date.now()];
    return Math.max(...moments.map((at, index) => (at - (moments[index - 1] ?? at)) / 1000));
  };
  return Object.fromEntries(working(wave.declared).map((client) => [client, longest(client)]));
}
