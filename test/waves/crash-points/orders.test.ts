import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JournalEntry } from "#core/journal/entry.ts";
import { crashFiles } from "#local/host/crash-orders.ts";
import { waveOf } from "#local/host/wave-of-event.ts";
import { outcomeOf } from "./orders.ts";

const crash = { id: "1", wave: "onward", phase: "freezing", by: "steps-cutover", point: "a/b.c/after", at: 1_000 };
const entry = (event: string, at: number) => ({ event, at }) as JournalEntry;

describe("what became of a wave after a crash", () => {
  const journal = [
    entry("StepClaimed", 900),
    entry("ThawClaimed", 3_500),
    entry("WaveThawed", 4_000),
    entry("WaveResumed", 6_000),
    entry("WaveSealed", 9_000),
  ];

  it("is what the journal tells of it until the next one, and where the attempt ended", () => {
    expect(outcomeOf(crash, undefined, journal)).toEqual({
      then: "thawed, resumed by a person",
      seconds: 2.5,
      end: "sealed",
    });
    expect(outcomeOf(crash, { ...crash, at: 5_000 }, journal).then).toBe("thawed, went on by itself");
  });

  it("is nothing where the journal ends", () => {
    expect(outcomeOf(crash, undefined, [])).toEqual({ then: "nothing followed", seconds: 0, end: "not ended" });
    expect(outcomeOf({ ...crash, at: 9_500 }, undefined, journal)).toEqual({
      then: "nothing was left to do",
      seconds: 0,
      end: "sealed",
    });
  });
});

describe("orders to die", () => {
  it("are read as they were given, and what is no order is refused", () => {
    const directory = mkdtempSync(join(tmpdir(), "sluice-crashes-"));
    try {
      const files = crashFiles(directory);
      expect([files.orders.all(), files.crashes.all(), files.reached.isKept()]).toEqual([[], [], false]);
      const { at: _at, ...place } = crash;
      files.orders.add({ ...place, reach: 1 });
      files.crashes.add(crash);
      files.reached.keep();
      expect(files.orders.all()).toEqual([{ ...place, reach: 1 }]);
      expect(files.crashes.all()).toEqual([crash]);
      expect([files.reached.all(), files.reached.isKept()]).toEqual([[], true]);
      files.orders.add({ ...place, reach: 0 });
      expect(() => files.orders.all()).toThrow(/reach/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("are about the wave that an event names, whatever kind it is of", () => {
    const wave = { migration: "shop", wave: "payments" };
    expect(waveOf({ ...wave, attempt: 1, run: 2 })).toEqual(wave);
    expect(waveOf({ rawPath: "/migrations/shop/waves/payments/start", pathParameters: wave })).toEqual(wave);
    expect(waveOf({ rawPath: "/migrations/shop/waves/payments/start" })).toEqual(wave);
    expect(waveOf({ Records: [{ dynamodb: { Keys: { pk: { S: "WAVE#shop/payments" } } } }] })).toEqual(wave);
    expect(waveOf({ source: "aws.scheduler" })).toBeUndefined();
    expect(waveOf(undefined)).toBeUndefined();
  });
});
