import fc from "fast-check";
import { expect, test } from "vitest";
import { planning, sized, swept, topicOf, why } from "./sized.ts";

test("busy topics get tasks by what is written to them, quiet ones share theirs", () => {
  // 101 of 1,000 bytes is more than a tenth of a task; 100 is not.
  const items = {
    topics: [topicOf("busy", 12), topicOf("brisk", 4), topicOf("quiet-a", 3), topicOf("quiet-b", 3)],
    throughput: [swept("busy", 2400), swept("brisk", 101), swept("quiet-a", 100), swept("quiet-b", 0)],
  };
  const { mirror } = sized(items, planning()).sizing;
  // (2,400 + 101) / 1,000 over half a task: 6; 100 / 1,000 over half: 1.
  expect(mirror.waves).toEqual([
    {
      wave: "first",
      busy: ["busy", "brisk"],
      quiet: ["quiet-a", "quiet-b"],
      notMeasured: [],
      busyTasks: 6,
      quietTasks: 1,
      tasks: 7,
      workers: 2,
      isBeyondPartitions: false,
    },
  ]);
  expect(mirror).toMatchObject({ tasksPerConnector: 7, workers: 2, headroom: 0.5 });
});

test("no more tasks than partitions help, and records may ask for more tasks than bytes do", () => {
  const items = { topics: [topicOf("busy", 2)], throughput: [swept("busy", 2400)] };
  expect(sized(items, planning()).sizing.mirror.waves[0]).toMatchObject({ busyTasks: 2, isBeyondPartitions: true });
  const small = { topics: [topicOf("small", 12)], throughput: [swept("small", 10, 900)] };
  const byRecords = { taskBytesPerSecond: 1000, taskRecordsPerSecond: 300, tasksPerWorker: 4, from: "a trial" };
  // 900 of 300 records over half a task.
  expect(sized(small, planning({ throughput: byRecords })).sizing.mirror.waves[0]).toMatchObject({ busyTasks: 6 });
});

test("where only the whole mirror was measured, its tasks share what it copied and made one worker", () => {
  const items = { topics: [topicOf("busy", 12)], throughput: [swept("busy", 900)] };
  const file = { estate: { copyBytesPerSecond: 2000 }, planning: { headroom: 0.5 } };
  // Two tasks copied 2,000: 900 / 1,000 over half is 2 tasks, of one worker.
  expect(sized(items, file).sizing.mirror).toMatchObject({
    task: { bytesPerSecond: 1000 },
    tasksPerConnector: 2,
    workers: 1,
  });
});

test("what was not measured is named, and nothing is guessed of a mirror that nobody measured", () => {
  const items = { topics: [topicOf("busy", 2), topicOf("dark", 2)], throughput: [swept("busy", 600)] };
  expect(sized(items, planning()).sizing.mirror.waves[0]).toMatchObject({
    notMeasured: ["dark"],
    quiet: ["dark"],
    tasks: 3,
  });
  const { mirror } = sized(items).sizing;
  expect(mirror).toMatchObject({
    task: why("how fast the mirror copies is not known"),
    tasksPerConnector: why("how fast the mirror copies"),
    workers: why("how fast the mirror copies"),
  });
  const noWorker = planning({ throughput: { taskBytesPerSecond: 1000, from: "a trial" } });
  expect(sized(items, noWorker).sizing.mirror).toMatchObject({
    tasksPerConnector: 3,
    workers: why("how many tasks one Connect worker"),
  });
});

test("more throughput never means fewer tasks or workers", () => {
  const rate = fc.integer({ min: 0, max: 100_000 });
  fc.assert(
    fc.property(rate, rate, rate, fc.integer({ min: 1, max: 50 }), (a, b, more, partitions) => {
      const of = (first: number, second: number) => {
        const { mirror } = sized(
          {
            topics: [topicOf("a", partitions), topicOf("b", partitions)],
            throughput: [swept("a", first), swept("b", second)],
          },
          planning(),
        ).sizing;
        return mirror.workers as number;
      };
      expect(of(a + more, b)).toBeGreaterThanOrEqual(of(a, b));
    }),
    { numRuns: 50 },
  );
});
