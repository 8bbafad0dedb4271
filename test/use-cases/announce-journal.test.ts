import { describe, expect, it } from "vitest";
import { RetryableFault } from "#core/fault.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { announceJournal, announceMissing } from "#use-cases/announce-journal.ts";
import { standingClock } from "../in-memory/clock.ts";
import { migration, POSTING } from "../in-memory/migration.ts";
import { inMemoryWaveStore } from "../in-memory/wave-store.ts";

const payments: WaveRef = { migration: "shop", wave: "payments" };
const orders: WaveRef = { migration: "shop", wave: "orders" };

const world = async () => {
  const store = inMemoryWaveStore();
  const clock = standingClock();
  const file = migration();
  await store.createMigration(
    file,
    file.waves.map((w) => plannedRow({ migration: "shop", wave: w.name }, clock.now())),
    POSTING,
  );
  const heard: string[] = [];
  const faults: unknown[] = [];
  let ids = 0;
  const deps = {
    store,
    clock,
    newId: () => `announcer-${++ids}`,
    announcer: {
      announce: async ({ wave, sequence }: JournalEntry) => {
        const fault = wave === "payments" ? faults.shift() : undefined;
        if (fault !== undefined) throw fault;
        heard.push(`${wave} ${sequence}`);
      },
    },
  };
  const journal = async (ref: WaveRef, count: number) => {
    for (let i = 0; i < count; i++) {
      const row = await store.wave(ref);
      if (row === undefined) throw new Error("no row");
      await store.write(row, row, [{ event: "Noted", by: "sluice" }], clock.now());
    }
  };
  return { ...deps, deps, heard, faults, journal };
};

describe("announcing the journal", () => {
  it("announces each entry once and in order, however often it is told of it", async () => {
    const { deps, heard, journal } = await world();
    await journal(payments, 2);
    const records = [
      { sequenceNumber: "10", ref: payments },
      { sequenceNumber: "11", ref: payments },
    ];
    expect(await announceJournal(deps, records)).toEqual([]);
    expect(await announceJournal(deps, records)).toEqual([]);
    await journal(payments, 1);
    expect(await announceMissing(deps, payments)).toBe(1);
    expect(await announceMissing(deps, payments)).toBe(0);
    expect(heard).toEqual(["payments 1", "payments 2", "payments 3"]);
  });

  it("two announcers at the same time announce each entry once between them", async () => {
    const { deps, heard, journal } = await world();
    await journal(payments, 5);
    const counts = await Promise.all([announceMissing(deps, payments), announceMissing(deps, payments)]);
    expect(counts.toSorted((a, b) => a - b)).toEqual([0, 5]);
    expect(heard).toHaveLength(5);
  });

  it("goes on where it failed, with nothing left out", async () => {
    const { deps, heard, faults, journal } = await world();
    await journal(payments, 3);
    faults.push(undefined, new RetryableFault("SNS is away"));
    await expect(announceMissing(deps, payments)).rejects.toThrow("SNS is away");
    expect(heard).toEqual(["payments 1"]);
    expect(await announceMissing(deps, payments)).toBe(2);
    expect(heard).toEqual(["payments 1", "payments 2", "payments 3"]);
  });

  it("reports the records of the wave that failed, and no other wave is silent for it", async () => {
    const { deps, heard, faults, journal } = await world();
    await journal(payments, 1);
    await journal(orders, 1);
    const fault = new RetryableFault("SNS is away");
    faults.push(fault);
    const failures = await announceJournal(deps, [
      { sequenceNumber: "1", ref: payments },
      { sequenceNumber: "2", ref: orders },
      { sequenceNumber: "3", ref: payments },
    ]);
    expect(failures).toEqual([
      { sequenceNumber: "1", fault },
      { sequenceNumber: "3", fault },
    ]);
    expect(heard).toEqual(["orders 1"]);
  });

  it("does not announce under a lease that somebody else holds, and asks to be called again", async () => {
    const { deps, store, clock, heard, journal } = await world();
    await journal(payments, 1);
    await store.items.takeLease(payments, "announce", "somebody", clock.now(), clock.now() + 60_000);
    expect(await announceMissing(deps, payments, "leave")).toBe(0);
    await expect(announceMissing(deps, payments)).rejects.toMatchObject({ name: "RetryableFault" });
    expect(heard).toEqual([]);
  });

  it("begins no announcement near the end of its own lease, and leaves the rest for the next", async () => {
    const { deps, clock, heard, journal } = await world();
    await journal(payments, 4);
    const announce = deps.announcer.announce;
    deps.announcer.announce = async (entry) => {
      await announce(entry);
      clock.advance(5_000);
    };
    await expect(announceMissing(deps, payments)).rejects.toMatchObject({ name: "RetryableFault" });
    expect(heard).toEqual(["payments 1", "payments 2", "payments 3"]);
    expect(await announceMissing(deps, payments)).toBe(1);
    expect(heard).toHaveLength(4);
  });

  it("has nothing to say about a wave that is not there", async () => {
    const { deps } = await world();
    expect(await announceMissing(deps, { migration: "shop", wave: "returns" })).toBe(0);
  });
});
