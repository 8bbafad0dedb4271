import { describe, expect, it } from "vitest";
import { migrationSchema } from "#core/migration/migration.ts";
import { migrationFile } from "../../in-memory/migration.ts";

const decision = {
  kind: "topics",
  name: "legacy",
  disposition: "retire",
  by: "olga",
  reason: "nobody has read it since spring",
};
const waiver = { check: "compacted-topics", by: "olga", until: "2026-12-31", reason: "keys are rewritten nightly" };
const stay = {
  wave: "payments",
  kind: "group",
  name: "audit",
  by: "olga",
  until: "2026-12-31",
  reason: "reads the source until June",
};
const findings = (estate: unknown, client: object = {}): readonly [path: string, message: string][] => {
  const file = migrationFile({ estate });
  const waves = file.waves.map((wave) => ({ ...wave, clients: wave.clients.map((c) => ({ ...c, ...client })) }));
  const parsed = migrationSchema.safeParse({ ...file, waves });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => [path.join("."), message]);
};

describe("what a migration file decides about the estate", () => {
  it("has defaults, and is not there where nothing was decided", () => {
    expect(migrationSchema.parse(migrationFile()).estate).toBeUndefined();
    expect(migrationSchema.parse(migrationFile({ estate: {} })).estate).toEqual({
      snapshotMaxAgeHours: 36,
      sweepSeconds: 10,
      decisions: [],
      absent: [],
      stays: [],
      reviews: [],
      waivers: [],
      operations: [],
    });
  });

  it("takes a review of what has drifted, by a person, of one snapshot", () => {
    const reviewed = { snapshot: "2026-01-02T03:04:05.000Z", by: "olga", reason: "looked at" };
    expect(findings({ reviews: [reviewed] })).toEqual([]);
    expect(findings({ reviews: [{ ...reviewed, by: "max" }] })).toEqual([
      ["estate.reviews.0.by", "expected the id of a person of this file: olga, carl, sara"],
    ]);
    expect(findings({ reviews: [{ ...reviewed, snapshot: "newest" }] })).toEqual([
      ["estate.reviews.0.snapshot", "expected a snapshot's id such as 2026-01-02T03:04:05.000Z"],
    ]);
  });

  it("takes decisions by name and by prefix, waivers, and what stays", () => {
    const byPrefix = { ...decision, name: undefined, prefix: "legacy-", owner: "team-legacy" };
    expect(findings({ decisions: [decision, byPrefix], waivers: [waiver], stays: [stay] }, { owner: "a" })).toEqual([]);
  });

  it.each<[string, unknown, string, RegExp]>([
    [
      "an address with a password",
      { operations: [{ kind: "runbook", name: "disk full", where: "https://olga:pw@wiki.example.com/disk" }] },
      "estate.operations.0.where",
      /expected an address without user and password/,
    ],
    [
      "an operating object of no kind",
      { operations: [{ kind: "pager", name: "p" }] },
      "estate.operations.0.kind",
      /"dns-name"\|"certificate"\|"runbook"\|"alarm"\|"dashboard"/,
    ],
    [
      "a decision by a stranger",
      { decisions: [{ ...decision, by: "max" }] },
      "estate.decisions.0.by",
      /person of this file: olga, carl, sara/,
    ],
    [
      "a decision about nothing",
      { decisions: [{ ...decision, name: undefined }] },
      "estate.decisions.0.name",
      /expected name for one item, or prefix/,
    ],
    [
      "a decision about a name and a prefix",
      { decisions: [{ ...decision, prefix: "l" }] },
      "estate.decisions.0.name",
      /one of the two/,
    ],
    [
      "an item decided twice",
      { decisions: [decision, { ...decision, disposition: "retain" }] },
      "estate.decisions.1.name",
      /already by estate.decisions\[0\]/,
    ],
    [
      "a prefix decided twice",
      { decisions: [1, 2].map(() => ({ ...decision, name: undefined, prefix: "l" })) },
      "estate.decisions.1.prefix",
      /remove one of the two/,
    ],
    [
      "a topic of a wave retired",
      { decisions: [{ ...decision, name: "payments" }] },
      "estate.decisions.0.disposition",
      /contradicts wave payments.*take it out/,
    ],
    [
      "a group of a wave retained",
      { decisions: [{ ...decision, kind: "groups", name: "orders-ledger", disposition: "retain" }] },
      "estate.decisions.0.disposition",
      /contradicts wave orders/,
    ],
    [
      "undecided as a decision",
      { decisions: [{ ...decision, disposition: "undecided" }] },
      "estate.decisions.0.disposition",
      /expected migrate, recreate, redesign, retire or retain/,
    ],
    [
      "topics said to be absent",
      { absent: [{ kind: "topics", by: "olga", reason: "no" }] },
      "estate.absent.0.kind",
      /expected connectors or subjects/,
    ],
    [
      "a waiver of no flag",
      { waivers: [{ ...waiver, check: "compaction" }] },
      "estate.waivers.0.check",
      /expected a check of the inventory gate: dispositions:topics/,
    ],
    [
      "a waiver without an end",
      { waivers: [{ ...waiver, until: "soon" }] },
      "estate.waivers.0.until",
      /expected a date such as 2026-12-31/,
    ],
    [
      "a waiver for no wave",
      { waivers: [{ ...waiver, wave: "x" }] },
      "estate.waivers.0.wave",
      /wave of this file: payments, orders/,
    ],
    ["what stays behind no wave", { stays: [{ ...stay, wave: "x" }] }, "estate.stays.0.wave", /wave of this file/],
    ["a stay declared by a stranger", { stays: [{ ...stay, by: "max" }] }, "estate.stays.0.by", /person of this file/],
  ])("refuses %s, and says what was expected", (_, estate, path, message) => {
    expect(findings(estate)).toEqual([[path, expect.stringMatching(message)]]);
  });
});
