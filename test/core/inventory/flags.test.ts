import { describe, expect, it } from "vitest";
import { FLAG_IDS, type FlagId } from "#core/inventory/flags/flag-id.ts";
import { raiseFlags } from "#core/inventory/flags/flags.ts";
import { FLAGS } from "#core/inventory/flags/table.ts";
import { waveFile } from "../../in-memory/migration.ts";
import { type Change, calmEstate, calmFile, calmGroup, calmItems, calmTopic, factsOf, flagsOf } from "./calm-estate.ts";
import { acl, member } from "./estates.ts";
import { at, CASES, dark } from "./flag-cases.ts";
import { group } from "./snapshots.ts";

const flag = (id: FlagId, change: Change) => flagsOf(change).find((one) => one.id === id);

describe("risk flags", () => {
  it("are all false for an estate that has none of the risks, and say how much was looked at", () => {
    const flags = flagsOf();
    expect(flags.filter(({ answer }) => answer !== false)).toEqual([]);
    expect(flags.map(({ id }) => id)).toEqual(FLAG_IDS);
    expect(flagsOf({}, "orders").filter(({ answer }) => answer !== false)).toEqual([]);
  });

  it.each(FLAG_IDS)("%s is true with what was found, whatever else could not be seen", (id) => {
    expect(CASES[id].risks.length).toBeGreaterThan(0);
    for (const [change, says] of CASES[id].risks) {
      const raised = flag(id, change);
      expect(raised).toMatchObject({ answer: true, cure: FLAGS[id].cure });
      expect(raised?.found.map((sight) => sight.says).join("\n")).toMatch(says);
    }
  });

  it.each(FLAG_IDS)("%s is unknown where what it is judged by is not known", (id) => {
    expect(CASES[id].blind.length).toBeGreaterThan(0);
    for (const change of CASES[id].blind) {
      const raised = flag(id, change);
      expect(
        raised,
        JSON.stringify(change, (_, v) => (typeof v === "bigint" ? String(v) : v)),
      ).toMatchObject({
        answer: "unknown",
        foundCount: 0,
      });
      expect(raised?.unknownCount).toBeGreaterThan(0);
      expect(raised?.cure).not.toBe("");
    }
  });

  it.each(FLAG_IDS.filter((id) => CASES[id].safe !== undefined))("%s is false for what only looks like it", (id) => {
    for (const change of CASES[id].safe ?? []) expect(flag(id, change)).toMatchObject({ answer: false });
  });

  it("tell a cure, a question and their evidence each", () => {
    for (const { asks, evidence, cure } of Object.values(FLAGS)) {
      expect(asks).toMatch(/^(Are|Is) .*\?$/);
      expect(Math.min(evidence.length, cure.length)).toBeGreaterThan(10);
    }
  });

  it("are never false where nothing at all is known", () => {
    const estate = calmEstate({
      file: { source: { ...calmFile.source, brokersAllowEveryone: "unknown" } },
    });
    const listings = Object.fromEntries(
      Object.entries(estate.source.listings).map(([kind, listing]) => [kind, { ...listing, items: [], gaps: [dark] }]),
    ) as unknown as typeof estate.source.listings;
    const facts = factsOf({ migration: estate.migration, source: { ...estate.source, listings } });
    expect(raiseFlags(facts, at).filter(({ answer }) => answer === false)).toEqual([]);
  });
});

describe("flags of one wave", () => {
  it("are about what touches it, and nothing else", () => {
    const elsewhere: Change = {
      source: {
        topics: [calmTopic("orders"), calmTopic("other", { "cleanup.policy": "compact" })],
        groups: [calmGroup, group("stray", { kind: "share" })],
        acls: [...(calmItems.acls ?? []), acl({ resourceName: "oth", pattern: "PREFIXED" })],
      },
    };
    const raised = (wave?: string) => flagsOf(elsewhere, wave).flatMap(({ id, answer }) => (answer ? [id] : []));
    expect(raised()).toEqual(expect.arrayContaining(["compacted-topics", "untranslatable-groups", "prefixed-rights"]));
    expect(raised("orders")).toEqual([]);
  });

  it("see the group of another that reads its topics, and the prefix that reaches them", () => {
    const near: Change = {
      source: {
        groups: [calmGroup, group("stray", { kind: "share", members: [member("s", { subscribed: ["orders"] })] })],
        acls: [...(calmItems.acls ?? []), acl({ resourceName: "ord", pattern: "PREFIXED" })],
      },
    };
    expect(flagsOf(near, "orders").flatMap(({ id, answer }) => (answer === true ? [id] : []))).toEqual(
      expect.arrayContaining(["untranslatable-groups", "prefixed-rights", "owners"]),
    );
  });
});

describe("a waiver", () => {
  const waived = (waiver: object, wave?: string, now = at) => {
    const { migration, source, target } = calmEstate({
      file: {
        waves: [...calmFile.waves, waveFile("other")],
        estate: {
          waivers: [{ check: "compacted-topics", by: "olga", until: "2026-01-02", reason: "known", ...waiver }],
        },
      },
    });
    return raiseFlags(factsOf({ migration, source, target }, wave), now).flatMap(({ id, waiver: by }) =>
      by === undefined ? [] : [[id, by.by]],
    );
  };
  it("is of a flag, for one wave or all, until the end of its day", () => {
    expect(waived({})).toEqual([["compacted-topics", "olga"]]);
    expect(waived({}, "orders")).toEqual([["compacted-topics", "olga"]]);
    expect(waived({ wave: "orders" }, "orders")).toEqual([["compacted-topics", "olga"]]);
    expect(waived({ wave: "other" }, "orders")).toEqual([]);
    expect(waived({ wave: "orders" })).toEqual([]);
    expect(waived({}, "orders", Date.UTC(2026, 0, 2, 23, 59))).toHaveLength(1);
    expect(waived({}, "orders", Date.UTC(2026, 0, 3))).toEqual([]);
  });
});

it("the table has every flag that was asked for", () => {
  const asked: Readonly<Record<string, readonly FlagId[]>> = {
    "groups whose offsets cannot be translated (share groups, expired)": ["untranslatable-groups"],
    "compacted topics": ["compacted-topics"],
    "transactional producers and the topics they couple": ["transactions"],
    "Kafka Streams applications (changelog and repartition topics)": ["streams-applications"],
    "clients that read and write the same wave": ["reads-and-writes"],
    "Connect groups": ["connect-groups"],
    "groups or topics with several owners or none": ["owners"],
    "inherited configs that differ on the target": ["inherited-settings"],
    "log-append time": ["log-append-time"],
    "time stamps ahead": ["times-ahead"],
    "record sizes": ["large-records"],
    "retention shorter than the copy would take": ["short-retention"],
    "single replicas": ["single-replicas"],
    "principals with IAM only": ["iam-principals"],
    "prefixed, wildcard and group ACLs": ["prefixed-rights", "wildcard-rights", "group-rights"],
    "no authoriser": ["no-authoriser"],
    "brokers that allow everyone": ["everyone-allowed"],
    "super users that no fence bars": ["super-users"],
    "names the mirror excludes or confuses": ["mirror-names"],
    "static members": ["static-members"],
    "consumers that assign": ["assigning-consumers"],
  };
  expect(Object.values(asked).flat().toSorted()).toEqual([...FLAG_IDS].toSorted());
  expect(Object.keys(FLAGS).toSorted()).toEqual([...FLAG_IDS].toSorted());
});
