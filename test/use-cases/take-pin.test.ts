/** What a roll-back leaves for the next attempt, and where groups go on after a mirror that repeated records. */
import { describe, expect, it } from "vitest";
import { connectorName } from "#core/wave/connector-name.ts";
import type { Phase } from "#core/wave/lifecycle.ts";
import { readFact, writeFact } from "#use-cases/wave-facts.ts";
import { type Home, REF } from "../in-memory/home.ts";
import {
  expectOnSource,
  expectProcessedOnce,
  isHeldOr,
  order,
  PRODUCERS,
  retry,
  startTwoOfEach,
} from "../in-memory/way-back.ts";

const begin = async (phase: Phase): Promise<Home> => {
  const home = await startTwoOfEach();
  await home.reach(phase);
  for (let beats = 0; beats < 5; beats++) home.estate.beat();
  return home;
};
const mirrorOf = (home: Home, direction: "forward" | "reverse") => {
  const connector = home.estate.connectors.get(connectorName(REF, 1, direction));
  if (connector === undefined) throw new Error(`no ${direction} mirror`);
  return connector;
};
const rollBack = async (home: Home) => {
  await order(home);
  expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
  expectOnSource(home);
  return readFact(home.store.items, REF, "pin");
};
const KEY = "payments/0";

describe("the pin", () => {
  it.each(["consumers-moved", "producers-moved"] as const)(
    "from %s is the same place on both sides, with the ids of both topics",
    async (phase) => {
      const home = await begin(phase);
      const pin = await rollBack(home);
      expect(pin).toMatchObject({ attempt: 1, repeated: 0 });
      expect(pin?.voidBecause).toBeUndefined();
      const { source, target } = home.estate;
      for (const key of [KEY, "payments/1"] as const) {
        const before = source.log(key).visible(undefined, BigInt(pin?.source[key] ?? 0));
        const there = target.log(key).visible(undefined, BigInt(pin?.target[key] ?? 0));
        expect(there.map((one) => one.fingerprint)).toEqual(before.map((one) => one.fingerprint));
        expect(target.log(key).end.toString()).toBe(pin?.target[key]);
      }
      expect(pin?.topicIds["payments"]).toEqual({
        source: source.topics.get("payments")?.id,
        target: target.topics.get("payments")?.id,
      });
    },
  );

  it("is void where somebody wrote to the source after producers had moved", async () => {
    const home = await begin("producers-moved");
    home.estate.source.log(KEY).append("stray", BigInt(home.clock.now()));
    for (let beats = 0; beats < 3; beats++) home.estate.beat();
    expect((await rollBack(home))?.voidBecause).toMatch(/payments\/0|foreign/);
  });

  it("is void where late writers are known, though what they wrote is gone", async () => {
    const home = await begin("producers-moved");
    await writeFact(home.store.items, REF, "late-writers", {
      attempt: 1,
      told: 1,
      found: [{ partition: KEY, first: "7", last: "8", records: 2, who: "nobody knows" }],
    });
    expect((await rollBack(home))?.voidBecause).toMatch(/^2 records of late writers/);
  });

  it("is not taken while the source lacks what the target has: withdrawn, with the partition named", async () => {
    const home = await begin("producers-moved");
    // A reverse mirror that skipped a record, long before its tail.
    const log = home.estate.target.log(KEY);
    const { positions } = mirrorOf(home, "reverse");
    const { end } = log;
    log.append("skipped", BigInt(home.clock.now()));
    home.estate.acknowledged.push({ record: "skipped", side: "target", topic: "payments" });
    positions.set(KEY, end + 1n);
    for (let beats = 0; beats < 100; beats++) home.estate.beat();
    await order(home);
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({
      phase: "producers-moved",
      hold: { reason: expect.stringMatching(/the source lacks records that the target has: .*payments\/0/) },
    });
    expectProcessedOnce(home);
  });
});

describe("a forward worker that crashed and repeated records", () => {
  it("neither skips nor repeats one for a group that stands in the middle of them, and the pin knows of them", async () => {
    const home = await begin("consumers-moved");
    const { estate } = home;
    // The group stops by itself while the worker repeats its last five records, and then consumes three of them.
    estate.positions.set("ledger", "paused");
    for (const client of PRODUCERS) estate.positions.set(client, "paused");
    estate.beat();
    const { positions } = mirrorOf(home, "forward");
    positions.set(KEY, (positions.get(KEY) ?? 0n) - 5n);
    const before = estate.target.log(KEY).end;
    estate.beat();
    expect(estate.target.log(KEY).end).toBe(before + 5n);
    const group = estate.target.group("payments-ledger");
    const commit = group.commits.get(KEY);
    if (commit === undefined) throw new Error("no commit");
    expect(commit.offset).toBe(before);
    group.commits.set(KEY, { ...commit, offset: (before + 3n) as typeof commit.offset });
    const processed = [...(estate.processed.get("payments-ledger") ?? [])];
    for (const client of PRODUCERS) estate.positions.set(client, "source");
    const pin = await rollBack(home);
    expect(pin).toMatchObject({ repeated: 5 });
    for (let beats = 0; beats < 3; beats++) estate.beat();
    const acknowledged = estate.acknowledged.map(({ record }) => record).sort();
    expect([...(estate.processed.get("payments-ledger") ?? [])].sort()).toEqual(acknowledged);
    expect((estate.processed.get("payments-ledger") ?? []).slice(0, processed.length)).toEqual(processed);
    await retry(home);
    expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed", attempt: 2 });
  });

  it("nor where producers have moved since: a group that has come no further skips nothing of what follows", async () => {
    const home = await begin("consumers-moved");
    const { estate } = home;
    for (const client of PRODUCERS) estate.positions.set(client, "paused");
    estate.beat();
    const { positions } = mirrorOf(home, "forward");
    positions.set(KEY, (positions.get(KEY) ?? 0n) - 5n);
    const before = estate.target.log(KEY).end;
    const mirrored = estate.source.log(KEY).end;
    estate.beat();
    expect(estate.target.log(KEY).end).toBe(before + 5n);
    for (const client of PRODUCERS) estate.positions.set(client, "source");
    expect(await home.settle(isHeldOr("producers-moved"))).toMatchObject({ phase: "producers-moved" });
    for (let beats = 0; beats < 5; beats++) estate.beat();
    estate.positions.set("ledger", "paused");
    estate.beat();
    const group = estate.target.group("payments-ledger");
    const commit = group.commits.get(KEY);
    if (commit === undefined) throw new Error("no commit");
    group.commits.set(KEY, { ...commit, offset: (before + 3n) as typeof commit.offset });
    const processed = estate.processed.get("payments-ledger")?.length ?? 0;
    await rollBack(home);
    for (let beats = 0; beats < 3; beats++) estate.beat();
    const again = estate.processed.get("payments-ledger")?.slice(processed) ?? [];
    const following = estate.source.log(KEY).visible(mirrored);
    for (const { fingerprint } of following) expect(again).toContain(fingerprint);
    expect(new Set(again).size).toBe(again.length);
    // At most the two records that it would have been given again on the target.
    const earlier = estate.source
      .log(KEY)
      .visible(undefined, mirrored)
      .filter((one) => again.includes(one.fingerprint));
    expect(earlier.length).toBeLessThanOrEqual(2);
  });
});
