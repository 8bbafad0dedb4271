import { describe, expect, it } from "vitest";
import { offsetOn } from "#core/kafka/offset.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { foreignCommits, readProgress, writeProgress } from "#use-cases/group-progress.ts";
import { inMemoryWaveStore } from "../in-memory/wave-store.ts";

const REF = { migration: "shop", wave: "payments" };
const [zero, one] = [0, 1].map((partition) => partitionKey({ topic: "payments", partition }));
const stored = (offset: number) => ({ offset: `${offset}`, metadata: "" });
const commit = (offset: number) => ({ offset: offsetOn<"target">(BigInt(offset)), metadata: "" });

describe("foreign commits of a group on the target", () => {
  it.each([
    ["nothing is there", {}, [], []],
    ["what this attempt has put there", { target: { "payments/0": stored(5) } }, [5], []],
    ["what an earlier attempt has left", { left: { "payments/0": stored(5) } }, [5], []],
    ["what was overwritten since", { target: { "payments/0": stored(7) }, left: { "payments/0": stored(5) } }, [7], []],
    ["somebody else's", { target: { "payments/0": stored(5) } }, [6], [6]],
    ["anybody's, where no attempt has put any", {}, [6], [6]],
    ["another partition than ours", { target: { "payments/0": stored(5) } }, [5, 5], [5]],
  ] as const)("%s", (_, progress, present, foreign) => {
    const keys = [zero, one];
    const found = foreignCommits(
      progress,
      new Map(present.flatMap((offset, index) => (keys[index] === undefined ? [] : [[keys[index], commit(offset)]]))),
    );
    expect(found.map(([, { offset }]) => Number(offset))).toEqual(foreign);
  });

  it("know what each attempt has left, the last one first", async () => {
    const { items } = inMemoryWaveStore();
    await writeProgress(items, REF, "ledger", {
      attempt: 1,
      source: { "payments/0": stored(50) },
      target: { "payments/0": stored(5), "payments/1": stored(6) },
      back: { rollBack: "back-1", source: { "payments/0": stored(59) }, target: { "payments/0": stored(9) } },
      movedAt: 1,
    });
    const second = await readProgress(items, REF, "ledger", 2);
    expect(second).toEqual({ attempt: 2, left: { "payments/0": stored(9), "payments/1": stored(6) } });
    await writeProgress(items, REF, "ledger", { ...second, target: { "payments/0": stored(12) } });
    expect(await readProgress(items, REF, "ledger", 3)).toEqual({
      attempt: 3,
      left: { "payments/0": stored(12), "payments/1": stored(6) },
    });
  });

  it("know what stood there before an attempt that ended between storing and committing", async () => {
    const { items } = inMemoryWaveStore();
    const first = { "payments/0": stored(19), "payments/1": stored(31) };
    await writeProgress(items, REF, "ledger", { attempt: 1, target: first });
    const second = await readProgress(items, REF, "ledger", 2);
    const never = { "payments/0": stored(40), "payments/1": stored(50) };
    await writeProgress(items, REF, "ledger", { ...second, target: never, earlier: first });
    const third = await readProgress(items, REF, "ledger", 3);
    const key = partitionKey({ topic: "payments", partition: 0 });
    expect(foreignCommits(third, new Map([[key, commit(19)]]))).toEqual([]);
    expect(foreignCommits(third, new Map([[key, commit(40)]]))).toEqual([]);
    expect(foreignCommits(third, new Map([[key, commit(7)]]))).toHaveLength(1);
  });
});
