import { compareSequences, type Difference, isEqual, NO_DIFFERENCE, sumOf } from "./compare-sequences.ts";
import { type Expected, expectedRecords, type Log, placeOf } from "./expected-records.ts";
import { type ClusterName, flatIds, type JournalLine } from "./journal-lines.ts";

export type GroupToCheck = { readonly id: string; readonly topics: readonly string[] };

export type GroupVerdict = Difference & {
  readonly id: string;
  readonly expected: number;
  readonly processed: number;
  readonly processedOnSource: number;
  readonly processedOnTarget: number;
};

export type RecordsVerdict = {
  /** Records acknowledged to producers, on both clusters. */
  readonly acknowledged: number;
  readonly unclear: number;
  readonly unclearFound: number;
  /** Producers' records written on the target that the reverse mirror carried back to the source. */
  readonly carriedBack: number;
  readonly groups: readonly GroupVerdict[];
  /** How the log of the cluster that the wave ended on differs from all that was acknowledged. */
  readonly onWhole: Difference;
  /** One sentence per thing that is wrong; empty: every record was processed exactly once, in order. */
  readonly findings: readonly string[];
};

/**
 * From what producers were acknowledged, what groups processed and what both logs hold: is every record once and in order on
 * the cluster that the wave ended on, and was it processed by each group exactly once across both, in the order of its
 * partition? Of a wave that was forced back the target may be gone, and is not looked at.
 */
export const checkRecords = (
  journal: readonly JournalLine[],
  given: { readonly source: Log; readonly target: Log | undefined },
  groups: readonly GroupToCheck[],
  /** Where the wave ended, which holds everything: of what was written there last, the other cluster may hold a part. */
  whole: ClusterName = "target",
): RecordsVerdict => {
  const part = whole === "target" ? "source" : "target";
  const isGone = given.target === undefined;
  const logs = { source: given.source, target: given.target ?? new Map<string, never>() };
  const expected = expectedRecords(journal, logs);
  const findings: string[] = [];
  const acknowledged = countOf(expected.source) + countOf(expected.target) - expected.unclearFound;
  if (acknowledged === 0) findings.push("no producer was acknowledged any record: there is nothing to check");
  if (groups.length === 0) findings.push("no group is named: there is nothing to check");
  let carriedBack = 0;
  let onWhole = NO_DIFFERENCE;
  for (const place of placesOf(expected)) {
    const both = expected.inOrder.get(place) ?? [];
    const difference = compareSequences(both, idsAt(logs[whole], place));
    onWhole = sumOf(onWhole, difference);
    report(findings, `${whole} log of ${place}`, difference);
    carriedBack += Math.max(0, idsAt(logs.source, place).length - idsAt(expected.source, place).length);
    for (const cluster of ["source", "target"] as const)
      if (cluster === "source" || !isGone) misplaced(findings, cluster, place, expected[cluster], logs[cluster]);
    if (isGone) continue;
    // A mirror carries what producers write on the whole one; when it is removed, the last of it may be missing here.
    const found = idsAt(logs[part], place);
    const least = expected.least[part].get(place) ?? 0;
    // What a restarted worker carried twice is not also missing at the end.
    const carried = found.length - compareSequences(both, found).repeated;
    report(findings, `${part} log of ${place}`, compareSequences(both.slice(0, Math.max(carried, least)), found));
  }
  const verdicts = groups.map((group) => checkGroup(journal, expected, group));
  for (const verdict of verdicts) {
    if (verdict.expected === 0)
      findings.push(`group ${verdict.id}: none of its topics has a record: there is nothing to check`);
    report(findings, `group ${verdict.id}`, verdict);
  }
  return {
    acknowledged,
    unclear: expected.unclear,
    unclearFound: expected.unclearFound,
    carriedBack,
    groups: verdicts,
    onWhole,
    findings,
  };
};

const checkGroup = (journal: readonly JournalLine[], expected: Expected, group: GroupToCheck): GroupVerdict => {
  const processed = new Map<string, string[]>();
  const counts = { source: 0, target: 0 };
  // One member after the other, on one cluster after the other: time orders them.
  const lines = journal.filter((line) => line.what === "processed" && line.group === group.id);
  for (const line of lines.sort((a, b) => a.at - b.at)) {
    if (line.what !== "processed") continue;
    const place = placeOf(line.topic, line.partition);
    const ids = processed.get(place) ?? [];
    for (const id of flatIds(line.ids)) ids.push(id);
    counts[line.on] += flatIds(line.ids).length;
    processed.set(place, ids);
  }
  let difference = NO_DIFFERENCE;
  let count = 0;
  const places = placesOf(expected).filter((place) => group.topics.includes(place.slice(0, place.lastIndexOf("/"))));
  for (const place of new Set([...places, ...processed.keys()])) {
    const should = places.includes(place) ? (expected.inOrder.get(place) ?? []) : [];
    difference = sumOf(difference, compareSequences(should, processed.get(place) ?? []));
    count += should.length;
  }
  return {
    id: group.id,
    expected: count,
    processed: counts.source + counts.target,
    processedOnSource: counts.source,
    processedOnTarget: counts.target,
    ...difference,
  };
};

const report = (findings: string[], what: string, difference: Difference): void => {
  if (isEqual(difference)) return;
  const parts = (["lost", "repeated", "foreign", "reordered"] as const)
    .filter((kind) => difference[kind] > 0)
    .map((kind) => `${difference[kind]} ${kind}`);
  findings.push(`${what}: ${parts.join(", ")}`);
};

/** An acknowledged record must lie at the offset that the cluster named when it acknowledged it. */
const misplaced = (findings: string[], cluster: string, place: string, expected: Log, log: Log): void => {
  const found = new Map((log.get(place) ?? []).map((record) => [record.offset, record.id]));
  const wrong = (expected.get(place) ?? []).filter((record) => found.get(record.offset) !== record.id);
  if (wrong.length > 0)
    findings.push(
      `${cluster} log of ${place}: ${wrong.length} acknowledged records are not at the offset they were acknowledged for, the first at ${wrong[0]?.offset}`,
    );
};

const placesOf = (expected: Expected): string[] => [...new Set([...expected.source.keys(), ...expected.target.keys()])];
const idsAt = (log: Log, place: string): string[] => (log.get(place) ?? []).map((record) => record.id);
const countOf = (log: Log): number => [...log.values()].reduce((sum, records) => sum + records.length, 0);
