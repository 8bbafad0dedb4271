import { expect, test } from "vitest";
import { checkRecords } from "#local/demo/checker/check-records.ts";
import type { Log, LogRecord } from "#local/demo/checker/expected-records.ts";
import type { ClusterName, Ids, JournalLine } from "#local/demo/checker/journal-lines.ts";

const acknowledged = (on: ClusterName, first: number, ids: Ids, partition = 0): JournalLine => ({
  what: "acknowledged",
  client: "api",
  topic: "orders",
  partition,
  on,
  at: 1000 + first,
  first: String(first),
  ids,
});
const processed = (on: ClusterName, ids: Ids, group = "billing", partition = 0): JournalLine => ({
  what: "processed",
  client: group,
  group,
  topic: "orders",
  partition,
  on,
  at: 2000,
  offsets: ["0", "0"],
  ids,
});
const log = (...partitions: string[][]): Log =>
  new Map(
    partitions.map((ids, p) => [`orders/${p}`, ids.map((id, i): LogRecord => ({ offset: BigInt(i), id }))] as const),
  );

/** a, then b three times, then c and d on the source; e and f on the target; f was not carried back before the seal. */
const producers = [
  acknowledged("source", 0, ["a", ["b", 3]]),
  acknowledged("source", 4, ["c", "d"]),
  acknowledged("target", 6, ["e", "f"]),
];
const consumer = [processed("source", ["a", ["b", 2]]), processed("target", ["b", "c", "d", "e", "f"])];
const SOURCE = ["a", "b", "b", "b", "c", "d", "e"];
const TARGET = ["a", "b", "b", "b", "c", "d", "e", "f"];
const GROUPS = [{ id: "billing", topics: ["orders"] }];
const logs = (source = SOURCE, target = TARGET) => ({ source: log(source), target: log(target) });

test("a wave without fault has no finding and counts what it saw", () => {
  const verdict = checkRecords([...producers, ...consumer], logs(), GROUPS);
  expect(verdict.findings).toEqual([]);
  expect(verdict).toMatchObject({ acknowledged: 8, carriedBack: 1, unclear: 0 });
  expect(verdict.groups).toEqual([
    {
      id: "billing",
      expected: 8,
      processed: 8,
      processedOnSource: 3,
      processedOnTarget: 5,
      lost: 0,
      repeated: 0,
      foreign: 0,
      reordered: 0,
    },
  ]);
});

test.each<[string, JournalLine[], string]>([
  [
    "one record never processed",
    [processed("source", ["a", ["b", 2]]), processed("target", ["b", "d", "e", "f"])],
    "1 lost",
  ],
  [
    "one of a run of identical records never processed",
    [processed("source", ["a", ["b", 2]]), processed("target", ["c", "d", "e", "f"])],
    "1 lost",
  ],
  [
    "one record processed on both clusters",
    [processed("source", ["a", ["b", 2]]), processed("target", [["b", 2], "c", "d", "e", "f"])],
    "1 repeated",
  ],
  [
    "two records in the wrong order",
    [processed("source", ["a", ["b", 3]]), processed("target", ["d", "c", "e", "f"])],
    "1 reordered",
  ],
  ["a record that nobody sent", [...consumer, processed("target", ["x"])], "1 foreign"],
  ["a record of another partition", [...consumer, processed("target", ["a"], "billing", 3)], "1 foreign"],
])("a group: %s", (_, lines, expected) => {
  const { findings } = checkRecords([...producers, ...lines], logs(), GROUPS);
  expect(findings).toEqual([`group billing: ${expected}`]);
});

test("what one group did does not make up for another", () => {
  const { findings } = checkRecords([...producers, ...consumer], logs(), [
    ...GROUPS,
    { id: "audit", topics: ["orders"] },
  ]);
  expect(findings).toEqual(["group audit: 8 lost"]);
});

test.each<[string, string[], string[], string]>([
  ["a record lost on the way", SOURCE, ["a", "b", "b", "b", "d", "e", "f"], "target log of orders/0: 1 lost"],
  [
    "a replayed batch",
    SOURCE,
    ["a", "b", "b", "b", "c", "d", "c", "d", "e", "f"],
    "target log of orders/0: 2 repeated",
  ],
  [
    "records swapped on the way",
    SOURCE,
    ["a", "b", "b", "b", "d", "c", "e", "f"],
    "target log of orders/0: 1 reordered",
  ],
  ["a changed record", SOURCE, ["a", "b", "b", "b", "c", "D", "e", "f"], "target log of orders/0: 1 lost, 1 foreign"],
  ["a late writer on the source", [...SOURCE, "z"], TARGET, "source log of orders/0: 1 lost, 1 foreign"],
  ["a loop of both mirrors", [...SOURCE, "a", "b"], TARGET, "source log of orders/0: 2 repeated"],
  ["an acknowledged record gone from the source", ["a", "b", "b", "b", "c"], TARGET, "source log of orders/0: 1 lost"],
])("a log: %s", (_, source, target, expected) => {
  const { findings } = checkRecords([...producers, ...consumer], logs(source, target), GROUPS);
  expect(findings).toContain(expected);
});

test("a record that is not where the cluster said it put it", () => {
  const moved = [
    acknowledged("source", 0, ["a", ["b", 3]]),
    acknowledged("source", 4, ["c", "d"]),
    acknowledged("target", 7, ["e", "f"]),
  ];
  const { findings } = checkRecords([...moved, ...consumer], logs(), GROUPS);
  expect(findings).toEqual([
    "target log of orders/0: 2 acknowledged records are not at the offset they were acknowledged for, the first at 7",
  ]);
});

const unclear = (on: ClusterName, ids: Ids): JournalLine => ({
  what: "unclear",
  client: "api",
  topic: "orders",
  on,
  at: 1500,
  ids,
  error: "connection closed",
});

test("a record whose sending ended unclear may be there once, and then each group must process it", () => {
  const lines = [
    acknowledged("source", 0, ["a", ["b", 3]]),
    unclear("source", ["c", "d"]),
    acknowledged("target", 6, ["e", "f"]),
  ];
  const there = checkRecords([...lines, ...consumer], logs(), GROUPS);
  expect(there).toMatchObject({ findings: [], unclear: 2, unclearFound: 2, acknowledged: 6 });

  const notThere = [
    acknowledged("source", 0, ["a", ["b", 3]]),
    unclear("source", ["c", "d"]),
    acknowledged("target", 4, ["e", "f"]),
  ];
  const without = logs(["a", "b", "b", "b", "e"], ["a", "b", "b", "b", "e", "f"]);
  const did = [processed("source", ["a", ["b", 2]]), processed("target", ["b", "e", "f"])];
  expect(checkRecords([...notThere, ...did], without, GROUPS)).toMatchObject({
    findings: [],
    unclear: 2,
    unclearFound: 0,
  });

  const { findings } = checkRecords([...lines, processed("source", ["a", ["b", 3], "e", "f"])], logs(), GROUPS);
  expect(findings).toEqual(["group billing: 2 lost"]);
});

test("an unclear record that is there twice is a repeat", () => {
  const lines = [acknowledged("source", 0, ["a"]), unclear("source", ["c"])];
  const { findings } = checkRecords(
    [...lines, processed("target", ["a", "c", "c"])],
    logs(["a", "c", "c"], ["a", "c", "c"]),
    GROUPS,
  );
  expect(findings).toEqual([
    "target log of orders/0: 1 repeated",
    "source log of orders/0: 1 repeated",
    "group billing: 1 repeated",
  ]);
});

test("nothing to check is a finding, not a pass", () => {
  expect(checkRecords([], logs([], []), []).findings).toEqual([
    "no producer was acknowledged any record: there is nothing to check",
    "no group is named: there is nothing to check",
  ]);
  expect(checkRecords([...producers], logs(), [{ id: "lonely", topics: ["payments"] }]).findings).toEqual([
    "group lonely: none of its topics has a record: there is nothing to check",
  ]);
});

test("of a wave that was forced back, what only the lost target had is lost, and that alone is said of it", () => {
  const back = [...producers, acknowledged("source", 7, ["g"])].map((line, index) => ({ ...line, at: 1000 + index }));
  const lines = [...consumer, { ...processed("source", ["g"]), at: 3000 }];
  const verdict = checkRecords(
    [...back, ...lines],
    { source: log([...SOURCE, "g"]), target: undefined },
    GROUPS,
    "source",
  );
  expect(verdict.onWhole).toEqual({ lost: 1, repeated: 0, foreign: 0, reordered: 0 });
  expect(verdict.findings).toEqual(["source log of orders/0: 1 lost"]);
  expect(verdict.groups).toMatchObject([{ expected: 9, processed: 9, lost: 0, repeated: 0 }]);
  const foreign = checkRecords(
    [...back, ...lines],
    { source: log([...SOURCE, "g", "late"]), target: undefined },
    GROUPS,
    "source",
  );
  expect(foreign.findings).toEqual(["source log of orders/0: 1 lost, 1 foreign"]);
});

/** a and b on the source; c and d on the target; then e and f on the source again, where the wave ends. */
const there = [
  { ...acknowledged("source", 0, ["a", "b"]), at: 1 },
  { ...acknowledged("target", 2, ["c", "d"]), at: 2 },
  { ...acknowledged("source", 4, ["e", "f"]), at: 3 },
];
const wentBack = [
  { ...processed("source", ["a"]), at: 1 },
  { ...processed("target", ["b", "c", "d"]), at: 2 },
  { ...processed("source", ["e", "f"]), at: 3 },
];

test("of a wave that was rolled back the source holds everything, and the target what was written before", () => {
  const { findings, ...verdict } = checkRecords(
    [...there, ...wentBack],
    logs(["a", "b", "c", "d", "e", "f"], ["a", "b", "c", "d"]),
    GROUPS,
    "source",
  );
  expect(findings).toEqual([]);
  expect(verdict).toMatchObject({ acknowledged: 6, carriedBack: 2 });
});

test.each<[string, string[], string[], string]>([
  [
    "a record that was not carried back",
    ["a", "b", "c", "e", "f"],
    ["a", "b", "c", "d"],
    "source log of orders/0: 1 lost",
  ],
  [
    "one that was carried back twice",
    ["a", "b", "c", "d", "d", "e", "f"],
    ["a", "b", "c", "d"],
    "source log of orders/0: 1 repeated",
  ],
  ["one gone from the target", ["a", "b", "c", "d", "e", "f"], ["a", "b", "c"], "target log of orders/0: 1 lost"],
  [
    "one that nobody wrote on the target",
    ["a", "b", "c", "d", "e", "f"],
    ["a", "b", "c", "d", "x"],
    "target log of orders/0: 1 lost, 1 foreign",
  ],
])("a log of a wave that was rolled back: %s", (_, source, target, expected) => {
  const { findings } = checkRecords([...there, ...wentBack], logs(source, target), GROUPS, "source");
  expect(findings).toContain(expected);
});

test("where nothing was written on the source, the source need hold nothing", () => {
  const onTarget = [acknowledged("target", 0, ["a", "b"]), processed("target", ["a", "b"])];
  expect(checkRecords(onTarget, { source: log([]), target: log(["a", "b"]) }, GROUPS).findings).toEqual([]);
});
