import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { verifyChain } from "#core/journal/chain.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { Posting } from "#core/people/posting.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import { migration, POSTING, waveFile } from "../../in-memory/migration.ts";

const REPOSTING: Posting = { by: "omar", signedInAs: "arn:aws:iam::123456789012:user/omar", at: 1_800_000_000_001 };
const NOW = 1_800_000_000_000;
const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const rowsOf = (file: Migration): WaveRow[] =>
  file.waves.map(({ name }) => plannedRow({ migration: file.name, wave: name }, NOW));

let migrations = 0;

/** What every wave store must do; each test works in a migration of its own. */
export const waveStoreContract = (store: () => WaveStore): void => {
  const created = async (): Promise<{ file: Migration; ref: WaveRef; row: WaveRow }> => {
    const file = migration({ name: `contract-${++migrations}` });
    expect(await store().createMigration(file, rowsOf(file), POSTING)).toBe("created");
    const ref = { migration: file.name, wave: "payments" };
    return { file, ref, row: await present(ref) };
  };
  const present = async (ref: WaveRef): Promise<WaveRow> => {
    const row = await store().wave(ref);
    if (row === undefined) throw new Error(`no row of ${ref.wave}`);
    return row;
  };
  const started = (row: WaveRow) =>
    store().write(row, { ...row, run: row.run + 1 }, [{ event: "WaveStarted", by: "olga" }], NOW + 1);

  describe("migrations", () => {
    it("reads back what was created, with a row for each wave", async () => {
      const { file } = await created();
      expect(await store().migration(file.name)).toEqual(file);
      expect(await store().postedMigration(file.name)).toEqual({ migration: file, posting: POSTING });
      expect(await store().waves(file.name)).toEqual(rowsOf(file).sort((a, b) => (a.wave < b.wave ? -1 : 1)));
      expect((await store().migrations()).map(({ migration: { name } }) => name)).toContain(file.name);
    });

    it("knows the same content again, and refuses different content without touching anything", async () => {
      const { file } = await created();
      expect(await store().createMigration(structuredClone(file), rowsOf(file), POSTING)).toBe("same");
      const other = migration({ name: file.name, people: [{ id: "eve", roles: ["operator"] }] });
      expect(await store().createMigration(other, rowsOf(other), POSTING)).toBe("different");
      expect(await store().migration(file.name)).toEqual(file);
    });

    it("answers nothing for a migration and a wave that are not there", async () => {
      expect(await store().migration("nowhere")).toBeUndefined();
      expect(await store().postedMigration("nowhere")).toBeUndefined();
      expect(await store().wave({ migration: "nowhere", wave: "none" })).toBeUndefined();
      expect(await store().waves("nowhere")).toEqual([]);
    });

    it("takes 99 waves in one write and names the limit beyond", async () => {
      const file = (name: string, count: number) =>
        migration({ name, waves: Array.from({ length: count }, (_, i) => waveFile(`wave-${i}`)) });
      const fits = file(`contract-${++migrations}`, 99);
      expect(await store().createMigration(fits, rowsOf(fits), POSTING)).toBe("created");
      expect(await store().waves(fits.name)).toHaveLength(99);
      const tooMany = file(`contract-${++migrations}`, 100);
      await expect(store().createMigration(tooMany, rowsOf(tooMany), POSTING)).rejects.toMatchObject({
        name: "OperatorFault",
        message: expect.stringMatching(/100 waves.*at most 99/),
      });
      expect(await store().migration(tooMany.name)).toBeUndefined();
    });

    it("replaces a migration of which no wave was started: waves come and go with it", async () => {
      const { file, ref } = await created();
      const after = migration({ name: file.name, waves: [waveFile("payments"), waveFile("returns")] });
      expect(await store().replaceMigration(file, after, rowsOf(after), REPOSTING)).toBe(true);
      expect(await store().postedMigration(file.name)).toEqual({ migration: after, posting: REPOSTING });
      expect((await store().waves(file.name)).map((row) => row.wave)).toEqual(["payments", "returns"]);
      expect((await present(ref)).version).toBe(1);
    });

    it("a start decided on the row before a replacement does not start the wave of the new file", async () => {
      const { file, row } = await created();
      expect(
        await store().replaceMigration(file, { ...file, people: file.people.slice(0, 1) }, rowsOf(file), REPOSTING),
      ).toBe(true);
      expect(await started(row)).toEqual({ written: false });
    });

    it("does not replace once a wave was started, nor what it did not read", async () => {
      const { file, row } = await created();
      const after = { ...file, people: file.people.slice(0, 1) };
      expect(await store().replaceMigration(after, file, rowsOf(file), REPOSTING)).toBe(false);
      await started(row);
      expect(await store().replaceMigration(file, after, rowsOf(after), REPOSTING)).toBe(false);
      expect(await store().migration(file.name)).toEqual(file);
    });

    it("replaces what was not started beside waves that it leaves alone, started or not", async () => {
      const { file, ref, row } = await created();
      await started(row);
      const before = await present(ref);
      const after = migration({ name: file.name, waves: [waveFile("payments"), waveFile("returns")] });
      const returns = rowsOf(after).slice(1);
      expect(await store().replaceMigration(file, after, returns, REPOSTING)).toBe(false);
      expect(await store().replaceMigration(file, after, returns, REPOSTING, ["payments"])).toBe(true);
      expect((await store().waves(file.name)).map((one) => one.wave)).toEqual(["payments", "returns"]);
      expect(await present(ref)).toEqual(before);
    });

    it("a wave that is replaced, or left out and named again, goes on with its journal", async () => {
      const { file, ref, row } = await created();
      const planned = [{ event: "WavePlanned", by: "olga" }] as const;
      expect((await store().write(row, row, planned, NOW)).written).toBe(true);
      const without = migration({ name: file.name, waves: [waveFile("returns")] });
      for (const [from, to] of [
        [file, { ...file, people: file.people.slice(0, 1) }],
        [{ ...file, people: file.people.slice(0, 1) }, without],
        [without, file],
      ] as const)
        expect(await store().replaceMigration(from, to, rowsOf(to), REPOSTING)).toBe(true);
      const again = await present(ref);
      expect((await store().write(again, again, planned, NOW)).written).toBe(true);
      expect((await store().journal(ref)).map(({ sequence }) => sequence)).toEqual([1, 2]);
    });

    it("amends a migration that was read as it is stored, whichever of its waves were started, and leaves them alone", async () => {
      const { file, ref, row } = await created();
      await started(row);
      const before = await present(ref);
      const after = { ...file, people: file.people.slice(0, 1) };
      const amended = { ...REPOSTING, plannedAt: POSTING.at };
      expect(await store().amendMigration(after, file, amended)).toBe(false);
      expect(await store().amendMigration(file, after, amended)).toBe(true);
      expect(await store().postedMigration(file.name)).toEqual({ migration: after, posting: amended });
      expect(await present(ref)).toEqual(before);
      expect(await store().amendMigration(file, after, REPOSTING)).toBe(false);
      const nowhere = { ...file, name: "nowhere" };
      expect(await store().amendMigration(nowhere, nowhere, REPOSTING)).toBe(false);
    });
  });

  describe("writes", () => {
    it("moves the row and journals in one write, linked by hashes", async () => {
      const { ref, row } = await created();
      const first = await store().write(
        row,
        { ...row, run: 1, phase: "preparing" },
        [
          { event: "WaveStarted", by: "olga" },
          {
            event: "StepClaimed",
            by: "sluice",
            details: { step: "start", end: 9_007_199_254_740_993n, gone: undefined },
          },
        ],
        NOW + 5,
      );
      expect(first).toMatchObject({
        written: true,
        row: { version: 1, run: 1, phase: "preparing", updatedAt: NOW + 5, journal: { sequence: 2 } },
      });
      const after = await present(ref);
      expect(first).toEqual({ written: true, row: after });
      await store().write(
        after,
        { ...after, phase: "replicating" },
        [{ event: "ReplicationStarted", by: "sluice" }],
        NOW + 6,
      );
      const journal = await store().journal(ref);
      expect(journal.map((e) => [e.sequence, e.event, e.by, e.phase])).toEqual([
        [1, "WaveStarted", "olga", "preparing"],
        [2, "StepClaimed", "sluice", "preparing"],
        [3, "ReplicationStarted", "sluice", "replicating"],
      ]);
      expect(journal[1]?.details).toEqual({ step: "start", end: "9007199254740993" });
      expect(verifyChain(journal, sha256, (await present(ref)).journal)).toBeUndefined();
      expect((await store().journal(ref, 3)).map((e) => e.sequence)).toEqual([3]);
    });

    it("keeps what is optional in a row, and forgets what was taken away", async () => {
      const { ref, row } = await created();
      const full: WaveRow = {
        ...row,
        phase: "freezing",
        run: 3,
        claim: { step: "freeze", id: "c1", run: 3, leaseUntil: NOW },
        freeze: { id: "f1", startedAt: NOW, deadlineAt: NOW + 60_000 },
        gate: { step: "freeze", run: 3, token: "token", openedAt: NOW },
        hold: { kind: "by-person", by: "olga", at: NOW, reason: "lunch", cure: "resume" },
        approvals: [{ gate: "go", person: "olga", evidenceHash: "h", at: NOW }],
      };
      await store().write(row, full, [{ event: "A", by: "sluice" }], NOW);
      const held = await present(ref);
      expect(held).toEqual({ ...full, version: 1, journal: held.journal, updatedAt: NOW });
      const { claim: _c, freeze: _f, gate: _g, hold: _h, ...plain } = held;
      await store().write(held, plain, [{ event: "B", by: "sluice" }], NOW);
      expect(Object.keys(await present(ref)).sort()).toEqual(Object.keys(row).sort());
    });

    it.each([
      ["version", (row: WaveRow) => ({ ...row, version: row.version + 7 })],
      ["run", (row: WaveRow) => ({ ...row, run: row.run + 1 })],
      ["phase", (row: WaveRow): WaveRow => ({ ...row, phase: "replicating" })],
    ])("writes nothing over a row of another %s", async (_, stale) => {
      const { ref, row } = await created();
      expect(
        await store().write(stale(row), { ...row, phase: "preparing" }, [{ event: "X", by: "sluice" }], NOW),
      ).toEqual({
        written: false,
      });
      expect(await present(ref)).toEqual(row);
      expect(await store().journal(ref)).toEqual([]);
    });

    it("lets one of many racing writers win", async () => {
      const { ref, row } = await created();
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => started(row)));
      expect(outcomes.filter((outcome) => outcome.written)).toHaveLength(1);
      expect(await present(ref)).toMatchObject({ run: 1, version: 1 });
      expect(await store().journal(ref)).toHaveLength(1);
    });

    it("refuses to write a row that it could not read back", async () => {
      const { ref, row } = await created();
      const unknown = { ...row, phase: "flying" } as unknown as WaveRow;
      await expect(store().write(row, unknown, [{ event: "X", by: "sluice" }], NOW)).rejects.toThrow(/phase/);
      expect(await present(ref)).toEqual(row);
    });

    it("finds a wave as active from its start to its seal, held or not", async () => {
      const { ref, row } = await created();
      const isFound = async () =>
        (await store().activeWaves()).some((w) => w.migration === ref.migration && w.wave === ref.wave);
      const move = async (next: Partial<WaveRow>) => {
        const before = await present(ref);
        await store().write(before, { ...before, ...next }, [{ event: "X", by: "sluice" }], NOW);
      };
      expect(await isFound()).toBe(false);
      await started(row);
      expect(await isFound()).toBe(true);
      await move({
        phase: "replicating",
        hold: { kind: "by-person", by: "olga", at: NOW, reason: "lunch", cure: "resume" },
      });
      expect(await isFound()).toBe(true);
      await move({ phase: "sealed" });
      expect(await isFound()).toBe(false);
    });
  });

  describe("items", () => {
    it("keeps values as JSON, large integers as strings, and lists a kind in order of names", async () => {
      const { ref } = await created();
      const { items } = store();
      await items.put(ref, "OFFSETS", "ledger", {
        end: 9_007_199_254_740_993n,
        none: undefined,
        empty: "",
        list: [null, 1.5],
      });
      await items.put(ref, "OFFSETS", "audit#2", { end: 1n });
      await items.put(ref, "OFFSETSX", "other", {});
      expect(await items.get(ref, "OFFSETS", "ledger")).toEqual({
        end: "9007199254740993",
        empty: "",
        list: [null, 1.5],
      });
      expect(await items.list(ref, "OFFSETS")).toEqual([
        { name: "audit#2", value: { end: "1" } },
        { name: "ledger", value: { end: "9007199254740993", empty: "", list: [null, 1.5] } },
      ]);
      await items.put(ref, "OFFSETS", "ledger", "replaced");
      expect(await items.get(ref, "OFFSETS", "ledger")).toBe("replaced");
      await items.remove(ref, "OFFSETS", "ledger");
      expect(await items.get(ref, "OFFSETS", "ledger")).toBeUndefined();
    });

    it("keep what a later run has written", async () => {
      const { ref } = await created();
      const { items } = store();
      expect(await items.putInRun(ref, 4, "FACT", "marks", { of: 4 })).toBe(true);
      expect(await items.putInRun(ref, 3, "FACT", "marks", { of: 3 })).toBe(false);
      expect(await items.get(ref, "FACT", "marks")).toEqual({ of: 4 });
      expect(await items.putInRun(ref, 4, "FACT", "marks", { of: "4 again" })).toBe(true);
      expect(await items.putInRun(ref, 5, "FACT", "marks", { of: 5 })).toBe(true);
      expect(await items.get(ref, "FACT", "marks")).toEqual({ of: 5 });
      await items.remove(ref, "FACT", "marks");
      expect(await items.putInRun(ref, 1, "FACT", "marks", { of: 1 })).toBe(true);
    });

    it("keeps a value of several hundred kilobytes whole", async () => {
      const { ref } = await created();
      const offsets = Object.fromEntries(
        Array.from({ length: 20_000 }, (_, i) => [`payments/${i}`, String(i * 1_000_003)]),
      );
      await store().items.put(ref, "SAMPLE", "1", offsets, { expiresAt: NOW });
      expect(await store().items.get(ref, "SAMPLE", "1")).toEqual(offsets);
    });

    it("refuses what JSON would lose without a word", async () => {
      const { ref } = await created();
      await expect(store().items.put(ref, "FACT", "map", new Map([["a", 1]]))).rejects.toThrow(
        /a Map has no JSON form/,
      );
      await expect(store().items.put(ref, "FACT", "nan", { delay: Number.NaN })).rejects.toThrow(/NaN/);
    });

    it("gives a lease to one holder until it is over or released", async () => {
      const { ref } = await created();
      const { items } = store();
      const takers = await Promise.all(
        ["a", "b", "c"].map((holder, i) => items.takeLease(ref, "tick", holder, NOW, NOW + 10_000 + i)),
      );
      expect(takers.filter(Boolean)).toHaveLength(1);
      const holder = ["a", "b", "c"][takers.indexOf(true)] ?? "";
      const other = holder === "a" ? "b" : "a";
      await items.releaseLease(ref, "tick", other);
      expect(await items.takeLease(ref, "tick", other, NOW + 1, NOW + 20_000)).toBe(false);
      expect(await items.takeLease(ref, "tock", other, NOW, NOW + 1)).toBe(true);
      await items.releaseLease(ref, "tick", holder);
      expect(await items.takeLease(ref, "tick", other, NOW + 2, NOW + 30_000)).toBe(true);
      expect(await items.takeLease(ref, "tick", holder, NOW + 30_000, NOW + 60_000)).toBe(true);
    });

    it("renews a lease for its holder and nobody else", async () => {
      const { ref } = await created();
      expect(await store().items.takeLease(ref, "tick", "a", NOW, NOW + 10)).toBe(true);
      expect(await store().items.takeLease(ref, "tick", "a", NOW, NOW + 10)).toBe(true);
      expect(await store().items.takeLease(ref, "tick", "a", NOW + 5, NOW + 20)).toBe(true);
      expect(await store().items.takeLease(ref, "tick", "b", NOW + 15, NOW + 30)).toBe(false);
      expect(await store().items.takeLease(ref, "tick", "b", NOW + 20, NOW + 30)).toBe(true);
    });
  });
};
