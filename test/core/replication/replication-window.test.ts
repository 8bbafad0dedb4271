import { describe, expect, it } from "vitest";
import type { PartitionKey } from "#core/kafka/topic-partition.ts";
import {
  emptyReplicationWindow,
  foldReplication,
  judgeReplication,
  longestDelay,
  type PartitionReading,
  partitionsToReadBetween,
  type ReplicationSample,
  type ReplicationWindow,
  replicationWindowSchema,
} from "#core/replication/replication-window.ts";

const limits = { windowMilliseconds: 3000, minSamples: 3, sampleGapMilliseconds: 5000, delayLimitMilliseconds: 2000 };

type Partition = { logStart?: number; lso: number; hw?: number; through?: number; down?: number; content?: boolean };
const reading = ({ logStart = 0, lso, hw, through, down, content }: Partition): PartitionReading => ({
  upstream: { logStart: BigInt(logStart), lastStable: BigInt(lso), highWatermark: BigInt(hw ?? lso) },
  downstreamEnd: BigInt(down ?? through ?? 0),
  replicatedThrough: through === undefined ? undefined : BigInt(through),
  isCaughtUpByContent: content ?? false,
});
type Sample = {
  at: number;
  partitions: Record<string, Partition>;
  ids?: [string, string];
  count?: number;
  problem?: string;
};
const sample = ({ at, partitions, ids = ["u", "d"], count, problem }: Sample): ReplicationSample => ({
  at,
  connectorProblem: problem,
  topics: new Map([
    ["t", { upstreamId: ids[0], downstreamId: ids[1], partitions: count ?? Object.keys(partitions).length }],
  ]),
  partitions: new Map(
    Object.entries(partitions).map(([key, partition]) => [`t/${key}` as PartitionKey, reading(partition)]),
  ),
});
const fold = (samples: readonly ReplicationSample[], from: ReplicationWindow = emptyReplicationWindow) =>
  samples.reduce(
    // Kept as JSON between two ticks, as the wave's items do.
    (state, s) => replicationWindowSchema.parse(JSON.parse(JSON.stringify(foldReplication(state, s, limits)))),
    from,
  );
const caughtUp = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) =>
    sample({ at: (from + i) * 1000, partitions: { 0: { lso: (from + i) * 10, through: (from + i) * 10 } } }),
  );
const after = (...samples: ReplicationSample[]) => fold(samples, fold(caughtUp(1, 5)));

describe("the replication window", () => {
  it("passes when every partition is within the limit all the time", () => {
    expect(judgeReplication(fold(caughtUp(1, 4)), 4000, limits).verdict).toBe("pass");
    expect(longestDelay(fold(caughtUp(1, 4)), 4500)).toEqual({ partition: "t/0", delayMilliseconds: 500 });
  });

  it("holds while one partition of many is late, and names it", () => {
    const state = fold(
      [1, 2, 3, 4, 5].map((s) =>
        sample({ at: s * 1000, partitions: { 0: { lso: s * 10, through: s * 10 }, 1: { lso: 10 + s, through: 11 } } }),
      ),
    );
    expect(judgeReplication(state, 5000, limits)).toMatchObject({
      verdict: "hold",
      reason: "t/1: the mirror is 4 s late, more than 2 s",
    });
  });

  it("holds while the mirror has reached no end at all", () => {
    expect(judgeReplication(fold([sample({ at: 1000, partitions: { 0: { lso: 10 } } })]), 1000, limits)).toMatchObject({
      verdict: "hold",
      reason: expect.stringContaining("has not yet reached"),
    });
  });

  it("takes an empty partition and one whose records have all expired for caught up", () => {
    const state = fold(
      [1, 2, 3, 4].map((s) => sample({ at: s * 1000, partitions: { 0: { lso: 0 }, 1: { logStart: 500, lso: 500 } } })),
    );
    expect(judgeReplication(state, 4000, limits).verdict).toBe("pass");
  });

  it.each([
    [
      "a task that does not run",
      sample({ at: 6000, partitions: { 0: { lso: 60, through: 60 } }, problem: "task 1 is FAILED" }),
      "hold",
      "task 1 is FAILED",
    ],
    [
      "a mirror that went back",
      sample({ at: 6000, partitions: { 0: { lso: 60, through: 40, down: 60 } } }),
      "hold",
      "went back from 50 to 40",
    ],
    [
      "more partitions",
      sample({ at: 6000, partitions: { 0: { lso: 60, through: 60 }, 1: { lso: 0 } } }),
      "hold",
      "had 1 partitions and now has 2",
    ],
    [
      "a sample without one partition",
      sample({ at: 6000, partitions: { 0: { lso: 60, through: 60 } }, count: 2 }),
      "unknown",
      "lacks t/1",
    ],
    ["a sample that failed", { at: 6000, missing: "source: no broker answers" }, "unknown", "no broker answers"],
    [
      "a source log that was cut",
      sample({ at: 6000, partitions: { 0: { lso: 40, through: 50 } } }),
      "fail",
      "ended at 50 and now ends at 40",
    ],
    [
      "a target log that was cut",
      sample({ at: 6000, partitions: { 0: { lso: 60, through: 60, down: 3 } } }),
      "fail",
      "downstream log ended at 50 and now ends at 3",
    ],
    [
      "a topic created again on the source",
      sample({ at: 6000, partitions: { 0: { lso: 60, through: 60 } }, ids: ["other", "d"] }),
      "fail",
      "created again upstream",
    ],
    [
      "a topic created again on the target",
      sample({ at: 6000, partitions: { 0: { lso: 60, through: 60 } }, ids: ["u", "other"] }),
      "fail",
      "created again downstream",
    ],
    [
      "records deleted before they were seen mirrored",
      sample({ at: 6000, partitions: { 0: { logStart: 51, lso: 60, through: 60 } } }),
      "fail",
      "now begins at 51, beyond 50",
    ],
  ] as const)("starts again or fails at %s", (_, next, verdict, reason) => {
    const state = after(next);
    expect(judgeReplication(state, 6000, limits)).toEqual({ verdict, reason: expect.stringContaining(reason) });
    expect(state.window.goodSince).toBeNull();
    const later = fold(caughtUp(7, 12), state);
    expect(judgeReplication(later, 12_000, limits).verdict).toBe(verdict === "fail" ? "fail" : "pass");
  });

  it("takes each sample once", () => {
    const state = fold(caughtUp(1, 5));
    expect(fold([...caughtUp(3, 5)], state)).toEqual(state);
  });

  describe("of a partition that ends in a marker or in aborted records", () => {
    const stands = (at: number, more: Partial<Partition> = {}) =>
      sample({ at, partitions: { 0: { lso: 100, through: 95, ...more } } });
    const readings = new Map([["t/0" as PartitionKey, reading({ lso: 100, through: 95 })]]);

    it("asks for what lies between once both ends stand still, and believes it from then on", () => {
      expect(partitionsToReadBetween(emptyReplicationWindow, readings)).toEqual([]);
      const still = fold([stands(1000)]);
      expect(partitionsToReadBetween(still, readings)).toEqual(["t/0"]);
      const proved = fold([stands(2000, { content: true })], still);
      expect(partitionsToReadBetween(proved, readings)).toEqual([]);
      expect(
        judgeReplication(
          fold(
            [3, 4, 5].map((s) => stands(s * 1000)),
            proved,
          ),
          5000,
          limits,
        ).verdict,
      ).toBe("pass");
    });

    it("is asked for at once where only a marker can lie between, also while the log goes on", () => {
      const before = fold([stands(1000)]);
      const goesOn = (through: number) => new Map([["t/0" as PartitionKey, reading({ lso: 110, through })]]);
      expect(partitionsToReadBetween(before, goesOn(109))).toEqual(["t/0"]);
      expect(partitionsToReadBetween(before, goesOn(107))).toEqual([]);
      expect(partitionsToReadBetween(before, goesOn(110))).toEqual([]);
    });

    it("does not ask for what was deleted", () => {
      const gone = new Map([["t/0" as PartitionKey, reading({ logStart: 97, lso: 100, through: 95 })]]);
      expect(partitionsToReadBetween(fold([stands(1000)]), gone)).toEqual([]);
      expect(fold([stands(1000), stands(2000, { logStart: 97 })]).failure?.reason).toMatch(
        /now begins at 97, beyond 95/,
      );
    });

    it("is no loss where retention then deletes everything", () => {
      const proved = fold([stands(1000), stands(2000, { content: true })]);
      const deleted = fold([stands(3000, { logStart: 100, down: 95 })], proved);
      expect(deleted.failure).toBeNull();
    });

    it("is late again when visible records follow", () => {
      const proved = fold([stands(1000), stands(2000, { content: true })]);
      const more = fold(
        [3, 4, 5].map((s) => stands(s * 1000, { lso: 110 })),
        proved,
      );
      expect(judgeReplication(more, 5000, limits)).toMatchObject({
        verdict: "hold",
        reason: expect.stringContaining("3 s late"),
      });
    });
  });

  it("holds where an open transaction keeps the last stable offset still for too long", () => {
    const held = [1, 2, 3, 4, 5].map((s) =>
      sample({ at: s * 1000, partitions: { 0: { lso: 50, hw: 50 + s, through: 50 } } }),
    );
    expect(fold(held.slice(0, 3)).window.trouble).toBeNull();
    expect(judgeReplication(fold(held), 5000, limits)).toMatchObject({
      verdict: "hold",
      reason: expect.stringContaining("open transaction"),
    });
  });

  it("remembers a topic that has the name of something every object has", () => {
    const named = (at: number, upstreamId: string): ReplicationSample => ({
      at,
      connectorProblem: undefined,
      topics: new Map([["constructor", { upstreamId, downstreamId: "d", partitions: 1 }]]),
      partitions: new Map([["constructor/0", reading({ lso: 1, through: 1 })]]),
    });
    expect(fold([named(1000, "u")]).failure).toBeNull();
    expect(fold([named(1000, "u"), named(2000, "v")]).failure?.reason).toMatch(/constructor was deleted/);
  });
});
