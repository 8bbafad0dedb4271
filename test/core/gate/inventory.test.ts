import { describe, expect, it } from "vitest";
import { approvedWith, judgeInventory } from "#core/gate/inventory.ts";
import { worst } from "#core/gate/verdict.ts";
import { INVENTORY_CHECKS } from "#core/inventory/checks.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import { waveFile } from "../../in-memory/migration.ts";
import { type Change, calmEstate, calmFile, calmGroup, calmItems, calmTopic } from "../inventory/calm-estate.ts";
import { acl, connector, member, notAllowed, producer, subject, transaction, withGap } from "../inventory/estates.ts";
import { group, partition } from "../inventory/snapshots.ts";

type Given = {
  readonly change?: Change;
  readonly before?: Change;
  readonly estate?: object;
  readonly with?: (found: ReturnType<typeof calmEstate>) => Partial<Parameters<typeof judgeInventory>[0]>;
};
const at = calmEstate().source.endedAt;
const judge = ({ change = {}, before = change, estate = {}, with: o }: Given) => {
  const found = calmEstate({ ...change, file: { ...change.file, estate: { ...calmFile.estate, ...estate } } });
  const [wave] = found.migration.waves;
  if (wave === undefined) throw new Error("a migration has a wave");
  const approved = calmEstate(before).source;
  return judgeInventory({ ...found, wave, approved, now: at, ...o?.(found) });
};
const check = (name: string, given: Given) => judge(given).find((one) => one.check === name);
const source = (items: NonNullable<Change["source"]>): Given => ({ change: { source: items } });
const waiver = { by: "olga", until: "2026-01-31", reason: "known" };

describe("the inventory gate", () => {
  it("passes for an estate that is known, decided and unchanged, with every check in it once", () => {
    const judged = judge({});
    expect(judged.filter(({ verdict }) => verdict !== "pass")).toEqual([]);
    expect(judged.map((one) => one.check)).toEqual(INVENTORY_CHECKS);
  });

  it("knows nothing without a snapshot of either side, and says what to do", () => {
    for (const side of ["source", "target"] as const) {
      const judged = judge({ with: () => ({ [side]: undefined }) });
      expect(judged.map((one) => one.check)).toEqual(INVENTORY_CHECKS);
      for (const one of judged)
        expect(one).toMatchObject({
          verdict: "unknown",
          reason: `there is no snapshot of the ${side}; POST /migrations/shop/snapshots takes one of both sides`,
        });
    }
  });

  it("takes no snapshot that is too old, by the age that the file allows", () => {
    const hours = (n: number) => () => ({ now: at + n * 3_600_000 });
    expect(check("snapshot", { with: hours(35) })).toMatchObject({ verdict: "pass" });
    expect(check("snapshot", { with: hours(37) })).toMatchObject({
      verdict: "unknown",
      reason: expect.stringMatching(/source is 37 h old, and may be 36 h/),
    });
    expect(check("snapshot", { with: hours(3), estate: { snapshotMaxAgeHours: 2 } })).toMatchObject({
      verdict: "unknown",
    });
    const old = (found: { readonly target: Snapshot }) => ({ target: { ...found.target, endedAt: 0 } });
    expect(check("snapshot", { with: old })).toMatchObject({ reason: expect.stringMatching(/of the target is/) });
  });

  it.each([
    ["topics", { topics: [calmTopic("orders"), calmTopic("x"), calmTopic("e", {}, { partitions: [] })] }, "2 of 3"],
    ["groups", { groups: [calmGroup, group("g", { kind: "share" })] }, "1 of 2 are undecided: g (proposed: redesign)"],
    ["acls", { acls: [acl({ principal: "User:x", resourceName: "x" })] }, "1 of 1"],
    ["subjects", { subjects: [subject("com.acme.Order")] }, "1 of 1"],
    ["connectors", { connectors: [connector("c")] }, "1 of 1"],
  ] as const)("holds while %s are undecided, until a person has decided", (kind, items, says) => {
    const name = `dispositions:${kind}`;
    expect(check(name, source(items))).toMatchObject({ verdict: "hold", reason: expect.stringContaining(says) });
    const decided = { kind, prefix: "", disposition: "retain", by: "olga", reason: "later" };
    expect(check(name, { ...source(items), estate: { decisions: [decided] } })).toMatchObject({ verdict: "pass" });
    expect(check(name, { change: { source: items, gap: { kind, of: notAllowed } } })).toMatchObject({
      verdict: "unknown",
      reason: expect.stringMatching(/not allowed to; allow it/),
    });
  });

  it("takes a person's word that there are no connectors, unless some were found", () => {
    const change: Change = { gap: { kind: "connectors", of: notAllowed } };
    const estate = { absent: [{ kind: "connectors", by: "olga", reason: "there is no Connect" }] };
    expect(worst(judge({ change, estate }).map(({ verdict }) => verdict))).toBe("pass");
    expect(worst(judge({ change }).map(({ verdict }) => verdict))).toBe("unknown");
    const found = { ...change, source: { connectors: [connector("c")] } };
    expect(check("dispositions:connectors", { change: found, estate })).toMatchObject({ verdict: "unknown" });
  });

  it.each<[string, NonNullable<Change["source"]>, string, string, RegExp]>([
    [
      "a group that stays and reads the wave",
      { groups: [calmGroup, group("stray", { members: [member("s", { subscribed: ["orders"] })] })] },
      "group",
      "stray",
      /group stray reads orders and is not in the wave/,
    ],
    [
      "a group of the wave that reads elsewhere too",
      { groups: [{ ...calmGroup, members: [member("s", { subscribed: ["other"] })] }] },
      "group",
      "orders-ledger",
      /moves, and also reads other/,
    ],
    [
      "somebody else who may write",
      { acls: [...(calmItems.acls ?? []), acl({ principal: "User:guest" })] },
      "client",
      "User:guest",
      /client User:guest writes orders, or may/,
    ],
    [
      "a principal of the wave that writes elsewhere",
      { acls: [...(calmItems.acls ?? []), acl({ resourceName: "audit" })] },
      "principal",
      "User:orders-api",
      /also writes audit/,
    ],
    [
      "a transaction across the wave's edge",
      { transactions: [transaction("tx", 4)], producers: [producer(4, ["orders", "audit"])] },
      "transactional-id",
      "tx",
      /tx writes orders and audit in one transaction/,
    ],
    [
      "a connector",
      { connectors: [connector("s3", { reads: ["orders"] })] },
      "connector",
      "http://connect:8083/s3",
      /connector http:\/\/connect:8083\/s3 reads or writes orders/,
    ],
    [
      "a connector by a pattern",
      { connectors: [connector("s3", { reads: ["/ord.*/"] })] },
      "connector",
      "http://connect:8083/s3",
      /connector http:\/\/connect:8083\/s3 reads or writes orders/,
    ],
  ])("holds for %s, until a person declares that it stays", (_, items, kind, name, says) => {
    const stay = { wave: "orders", kind, name, by: "olga", until: "2026-01-02", reason: "until spring" };
    expect(check("coupling", source(items))).toMatchObject({ verdict: "hold", reason: expect.stringMatching(says) });
    expect(check("coupling", { ...source(items), estate: { stays: [stay] } })).toMatchObject({
      verdict: "pass",
      reason: expect.stringMatching(/declared to stay: .* \(by olga, until 2026-01-02\)/),
    });
    const over = { ...stay, until: "2026-01-01" };
    expect(check("coupling", { ...source(items), estate: { stays: [over] } })).toMatchObject({ verdict: "hold" });
  });

  it("does not know what is coupled where readers or writers may be hidden", () => {
    for (const kind of ["groups", "producers", "transactions", "acls", "connectors"] as const)
      expect(check("coupling", { change: { gap: { kind, of: notAllowed } } })).toMatchObject({ verdict: "unknown" });
    expect(check("coupling", source({ groups: [{ ...calmGroup, offsets: notAllowed }] }))).toMatchObject({
      verdict: "unknown",
    });
    for (const hidden of [{ reads: notAllowed }, { writes: notAllowed }])
      expect(check("coupling", source({ connectors: [connector("s3", hidden)] }))).toMatchObject({
        verdict: "unknown",
      });
  });

  const more = calmTopic("orders", {}, { partitions: [0, 1].map((n) => partition(n, { replicas: [1, 2] })) });
  it("holds when something of the wave drifted since the plan was approved, and for nothing else", () => {
    expect(check("drift", { ...source({ topics: [more] }), before: {} })).toMatchObject({
      verdict: "hold",
      reason: expect.stringMatching(/partitions was 1 and is 2 \(partitions-changed\).* in estate\.reviews/),
    });
    const elsewhere = { topics: [calmTopic("orders"), { ...more, name: "other" }] };
    const before = { source: { topics: [calmTopic("orders"), calmTopic("other")] } };
    expect(check("drift", { ...source(elsewhere), before })).toMatchObject({ verdict: "pass" });
    expect(check("drift", { with: () => ({ approved: undefined }) })).toMatchObject({ verdict: "unknown" });
    const reviewed = { snapshot: "2025-12-31T00:00:00.000Z", by: "olga", reason: "partitions were added on purpose" };
    expect(check("drift", { estate: { reviews: [reviewed] }, with: () => ({ approved: undefined }) })).toMatchObject({
      verdict: "unknown",
      reason: expect.stringMatching(
        /^estate\.reviews names snapshot 2025-12-31T00:00:00.000Z of the source, which is not there/,
      ),
    });
    expect(check("drift", { with: (found) => ({ approved: withGap(found.source, "acls") }) })).toMatchObject({
      verdict: "unknown",
      reason: expect.stringMatching(/acls cannot be compared: not allowed/),
    });
  });

  it("calls no right of a mirror drift: it comes and goes with each attempt", () => {
    const withRight = (principal: string) => ({
      acls: [...(calmItems.acls ?? []), acl({ principal, operation: "READ" })],
    });
    expect(check("drift", { ...source(withRight("User:mirror-forward")), before: {} })).toMatchObject({
      verdict: "pass",
    });
    expect(check("drift", { ...source(withRight("User:somebody")), before: {} })).toMatchObject({ verdict: "hold" });
  });

  it("does not know of drift where a topic of the wave cannot be compared, and knows it whatever others hide", () => {
    const dark = (name: string) => ({
      source: {
        topics: [calmTopic("orders"), calmTopic("other")].map((t) =>
          t.name === name ? { ...t, configs: notAllowed } : t,
        ),
      },
    });
    expect(check("drift", { change: dark("orders") })).toMatchObject({
      verdict: "unknown",
      reason: expect.stringMatching(
        /^setting of topics cannot be compared: not allowed to; allow it; .* estate\.reviews/,
      ),
    });
    expect(check("drift", { change: dark("other") })).toMatchObject({ verdict: "pass" });
    for (const kind of ["topics", "groups"] as const)
      expect(check("drift", { change: { gap: { kind, of: notAllowed } } })).toMatchObject({ verdict: "pass" });
    const hidden = (found: { readonly source: Snapshot }) => ({
      source: withGap(
        {
          ...found.source,
          listings: { ...found.source.listings, topics: { ...found.source.listings.topics, items: [] } },
        },
        "topics",
      ),
    });
    expect(check("drift", { with: hidden })).toMatchObject({ verdict: "unknown" });
  });

  it("holds for a flag that is raised, is unknown for one that is, and passes it when a person accepts it for now", () => {
    const compacted = source({ topics: [calmTopic("orders", { "cleanup.policy": "compact" })] });
    expect(check("compacted-topics", compacted)).toMatchObject({
      verdict: "hold",
      reason: expect.stringMatching(/^1: orders has cleanup.policy compact; offsets and counts/),
    });
    const dark = source({ topics: [calmTopic("orders", {}, { configs: notAllowed })] });
    expect(check("compacted-topics", dark)).toMatchObject({
      verdict: "unknown",
      reason: "orders not allowed to; allow it",
    });
    for (const given of [compacted, dark]) {
      const accepted = (o: object) =>
        check("compacted-topics", { ...given, estate: { waivers: [{ check: "compacted-topics", ...waiver, ...o }] } });
      expect(accepted({})).toMatchObject({
        verdict: "pass",
        reason: expect.stringMatching(/^accepted by olga until 2026-01-31 \(known\); it said: /),
      });
      expect(accepted({ until: "2026-01-01" })?.verdict).not.toBe("pass");
      expect(accepted({ check: "log-append-time" })?.verdict).not.toBe("pass");
    }
  });

  it("accepts for one wave what is accepted for that one", () => {
    const file = { ...calmFile, waves: [...calmFile.waves, waveFile("other")] };
    const change: Change = {
      file,
      source: { topics: [calmTopic("orders", { "cleanup.policy": "compact" }), calmTopic("other")] },
    };
    const accepted = (wave: string) =>
      check("compacted-topics", { change, estate: { waivers: [{ check: "compacted-topics", ...waiver, wave }] } });
    expect(accepted("orders")).toMatchObject({ verdict: "pass" });
    expect(accepted("other")).toMatchObject({ verdict: "hold" });
  });
});

it("a plan is compared with the newest snapshot that it could stand on, else with the first after it", () => {
  const headers = [3, 1, 2].map((startedAt) => ({ startedAt }));
  expect(approvedWith(headers, 2)).toEqual({ startedAt: 2 });
  expect(approvedWith(headers, 9)).toEqual({ startedAt: 3 });
  expect(approvedWith(headers, 0)).toEqual({ startedAt: 1 });
  expect(approvedWith([], 5)).toBeUndefined();
});
