import { checkRecords } from "#local/demo/checker/check-records.ts";
import { type ClusterName, type JournalLine, readJournals } from "#local/demo/checker/journal-lines.ts";
import { readLog } from "#local/demo/checker/read-log.ts";
import type { BenchEstate } from "./bench-estate.ts";
import { liveGroupsOf, topicOf } from "./declaration.ts";
import type { Records } from "./records.ts";

/** Both clusters' logs of these waves against what producers were acknowledged and live groups processed; clients must be stopped. */
export const checkWaves = async (
  estate: BenchEstate,
  waves: readonly string[],
  whole: ClusterName,
): Promise<readonly Records[]> => {
  const topics = waves.map(topicOf);
  const [source, target] = [await readLog(estate.asAdmin.source, topics), await readLog(estate.asAdmin.target, topics)];
  return waves.map((wave) => {
    const ofWave = <T>(log: ReadonlyMap<string, T>): Map<string, T> =>
      new Map([...log].filter(([place]) => place.startsWith(`${topicOf(wave)}/`)));
    const journal: JournalLine[] = readJournals(estate.journalOf(wave));
    const groups = liveGroupsOf(wave).map((id) => ({ id, topics: [topicOf(wave)] }));
    const verdict = checkRecords(journal, { source: ofWave(source), target: ofWave(target) }, groups, whole);
    const most = (kind: "lost" | "repeated"): number => Math.max(...verdict.groups.map((group) => group[kind]));
    return {
      acknowledged: verdict.acknowledged,
      lost: most("lost"),
      repeated: most("repeated"),
      findings: verdict.findings.map((finding) => `wave ${wave}: ${finding}`),
    };
  });
};
