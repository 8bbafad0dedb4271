import { type ClusterName, flatIds, type JournalLine } from "./journal-lines.ts";

/** One record of a log as a reader of committed records sees it. */
export type LogRecord = { readonly offset: bigint; readonly id: string };
/** By "topic/partition"; partitions without records are there and empty. */
export type Log = ReadonlyMap<string, readonly LogRecord[]>;

export const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`;

export type Expected = {
  /** What producers put into each cluster, by "topic/partition", in the order of its offsets. */
  readonly source: Log;
  readonly target: Log;
  /** Ids of both, in the order in which they were written: producers go from one cluster to the other, and may come back. */
  readonly inOrder: ReadonlyMap<string, readonly string[]>;
  /** Of these, how many each cluster must hold: all up to the last that was written there. */
  readonly least: Readonly<Record<ClusterName, ReadonlyMap<string, number>>>;
  /** Records whose sending ended unclear, and how many of them are there. */
  readonly unclear: number;
  readonly unclearFound: number;
};

/**
 * What should be in the logs, from the producers' own journals. Records that ended unclear belong to it if the log of the
 * cluster they were sent to has them, each at most as often as it was sent.
 */
export const expectedRecords = (journal: readonly JournalLine[], logs: { source: Log; target: Log }): Expected => {
  const expected = { source: emptyLike(logs.source), target: emptyLike(logs.target) };
  const unclear = { source: new Map<string, number>(), target: new Map<string, number>() };
  let unclearSent = 0;
  for (const line of journal) {
    if (line.what === "acknowledged") {
      const place = placeOf(line.topic, line.partition);
      const records = expected[line.on].get(place) ?? [];
      const first = BigInt(line.first);
      for (const [index, id] of flatIds(line.ids).entries()) records.push({ offset: first + BigInt(index), id });
      expected[line.on].set(place, records);
    } else if (line.what === "unclear") {
      for (const id of flatIds(line.ids)) {
        unclear[line.on].set(`${line.topic} ${id}`, (unclear[line.on].get(`${line.topic} ${id}`) ?? 0) + 1);
        unclearSent++;
      }
    }
  }
  let unclearFound = 0;
  for (const cluster of ["source", "target"] as const satisfies ClusterName[]) {
    for (const [place, records] of expected[cluster]) {
      const acknowledgedAt = new Set(records.map((r) => r.offset));
      const topic = place.slice(0, place.lastIndexOf("/"));
      for (const record of logs[cluster].get(place) ?? []) {
        const left = unclear[cluster].get(`${topic} ${record.id}`) ?? 0;
        if (left === 0 || acknowledgedAt.has(record.offset)) continue;
        unclear[cluster].set(`${topic} ${record.id}`, left - 1);
        records.push(record);
        unclearFound++;
      }
      records.sort((a, b) => (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0));
    }
  }
  return { ...expected, ...orderOf(journal, expected), unclear: unclearSent, unclearFound };
};

type Stint = { readonly on: ClusterName; from: bigint };

/** By place, in which order producers wrote where: one after the other, since nobody writes on both clusters at a time. */
const stintsOf = (journal: readonly JournalLine[]): Map<string, Stint[]> => {
  const stints = new Map<string, Stint[]>();
  const lines = journal.filter((line) => line.what === "acknowledged").sort((a, b) => a.at - b.at);
  for (const line of lines) {
    const place = placeOf(line.topic, line.partition);
    const known = stints.get(place) ?? [];
    const last = known.at(-1);
    // Of several producers the one whose record lies first need not be acknowledged first.
    if (last?.on !== line.on) known.push({ on: line.on, from: BigInt(line.first) });
    else if (BigInt(line.first) < last.from) last.from = BigInt(line.first);
    stints.set(place, known);
  }
  return stints;
};

const orderOf = (
  journal: readonly JournalLine[],
  expected: Readonly<Record<ClusterName, Log>>,
): Pick<Expected, "inOrder" | "least"> => {
  const inOrder = new Map<string, string[]>();
  const least = { source: new Map<string, number>(), target: new Map<string, number>() };
  const stints = stintsOf(journal);
  for (const place of new Set([...expected.source.keys(), ...expected.target.keys()])) {
    const order: string[] = [];
    const written = stints.get(place) ?? [];
    const sides = [...written, ...(["source", "target"] as const).map((on) => ({ on, from: 0n }))];
    const isFirst = new Set<ClusterName>();
    for (const [index, { on, from }] of sides.entries()) {
      // Those added at the end count only where nothing was acknowledged on that cluster.
      if (index >= written.length && isFirst.has(on)) continue;
      const next = written.slice(index + 1).find((stint) => stint.on === on);
      const begin = isFirst.has(on) ? from : 0n;
      isFirst.add(on);
      const before = order.length;
      for (const { offset, id } of expected[on].get(place) ?? [])
        if (offset >= begin && (next === undefined || offset < next.from)) order.push(id);
      // A cluster that nothing was written on need hold nothing.
      if (order.length > before) least[on].set(place, order.length);
    }
    inOrder.set(place, order);
  }
  return { inOrder, least };
};

const emptyLike = (log: Log): Map<string, LogRecord[]> => new Map([...log.keys()].map((place) => [place, []]));
