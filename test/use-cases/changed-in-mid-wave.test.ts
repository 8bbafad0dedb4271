/** What a person changes about the wave's topics and its mirror while it replicates: named with its cure, and on after it. */
import { describe, expect, it } from "vitest";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { orderAbort } from "#use-cases/order-abort.ts";
import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";
import { InMemoryLog } from "../in-memory/in-memory-log.ts";
import { retry } from "../in-memory/way-back.ts";

const replicating = async (): Promise<Home> => {
  const home = await startHome();
  await home.reach("replicating");
  await home.settle((row) => row.gate !== undefined, { approves: false });
  expect(await delayOf(home)).toMatchObject({ verdict: "pass" });
  return home;
};

/** What gate replication says of the mirror after a few ticks. */
const delayOf = async (home: Home): Promise<{ readonly verdict: string; readonly reason: string } | undefined> => {
  for (let ticks = 0; ticks < 3; ticks++) {
    home.estate.beat();
    await home.tick();
    await home.clock.sleep(500);
  }
  const gates = await readGates(home.deps, REF);
  if (isRefused(gates)) throw new Error(gates.because);
  return gates.find(({ gate }) => gate === "replication")?.checks.find(({ check }) => check === "delay");
};

const abortAndRetry = async (home: Home): Promise<void> => {
  const aborted = await orderAbort(home.deps, REF, {
    person: "olga",
    reason: "begin anew",
    deletesTargetTopics: false,
  });
  if (isRefused(aborted)) throw new Error(aborted.because);
  await home.settle((row) => row.phase === "aborted");
  await retry(home);
};

const TOPIC = "payments";

describe("while a wave replicates", () => {
  it("a partition that is added to its topic keeps the gate shut, says how to begin anew, and is carried then", async () => {
    const home = await replicating();
    const { source } = home.estate;
    const before = source.topics.get(TOPIC);
    if (before === undefined) throw new Error(`no topic ${TOPIC}`);
    source.topics.set(TOPIC, { ...before, partitions: before.partitions + 1 });
    source.logs.set(partitionKey({ topic: TOPIC, partition: before.partitions }), new InMemoryLog<"source">(0n));
    expect(await delayOf(home)).toMatchObject({
      verdict: "unknown",
      reason: expect.stringMatching(
        new RegExp(
          `topic ${TOPIC} has ${before.partitions + 1} partitions where the mirror reads and ${before.partitions} where it writes: .*POST …/abort, or …/roll-back once consumers have moved, and then …/retry`,
        ),
      ),
    });
    await abortAndRetry(home);
    const row = await home.settle((one) => one.phase === "sealed" || one.hold !== undefined);
    expect(row.hold).toBeUndefined();
    expect(home.estate.target.topics.get(TOPIC)?.partitions).toBe(before.partitions + 1);
  });

  it("a topic that is created anew fails the gate, says how to begin anew, and is carried then", async () => {
    const home = await replicating();
    const { source } = home.estate;
    source.createTopic(TOPIC, source.topics.get(TOPIC)?.partitions ?? 0);
    expect(await delayOf(home)).toMatchObject({
      verdict: "fail",
      reason: expect.stringMatching(/deleted and created again upstream .*POST …\/abort.*…\/retry/),
    });
    await abortAndRetry(home);
    const row = await home.settle((one) => one.phase === "replicating" || one.hold !== undefined, { approves: false });
    expect(row.hold).toBeUndefined();
    expect(await delayOf(home)).not.toMatchObject({ verdict: "fail" });
  });
});
