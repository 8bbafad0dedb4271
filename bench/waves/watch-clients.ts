import { setTimeout as sleep } from "node:timers/promises";
import { type ClusterName, flatIds, type JournalLine, readLiveJournals } from "#local/demo/checker/journal-lines.ts";
import type { BenchEstate } from "./bench-estate.ts";
import { liveGroupsOf, producerUsers } from "./declaration.ts";

/** Which of the wave's producers were acknowledged a record on this cluster so far. */
export const writing = (estate: BenchEstate, wave: string, on: ClusterName): readonly string[] => {
  const lines = readLiveJournals(estate.journalOf(wave));
  return producerUsers.filter((user) =>
    lines.some((l) => l.what === "acknowledged" && l.client === user && l.on === on),
  );
};

/** Records per second that one cluster acknowledged after one moment and up to another, in ms since the epoch. */
export const acknowledgedPerSecond = (
  lines: readonly JournalLine[],
  on: ClusterName,
  from: number,
  to: number,
): number => {
  const records = lines.reduce(
    (sum, l) =>
      l.what === "acknowledged" && l.on === on && l.at > from && l.at <= to ? sum + flatIds(l.ids).length : sum,
    0,
  );
  return records / ((to - from) / 1000);
};

export const processed = (lines: readonly JournalLine[], group: string): number =>
  lines.reduce((sum, l) => (l.what === "processed" && l.group === group ? sum + flatIds(l.ids).length : sum), 0);

/** Each live group has processed as many records as were acknowledged; fewer, after a while, is the checker's to say. */
export const readersAtTheEnd = async (estate: BenchEstate, waves: readonly string[]): Promise<void> => {
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
