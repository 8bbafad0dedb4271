import { describe, expect, it } from "vitest";
import { clusterNames } from "#core/inventory/cluster-names.ts";
import { declaredOperations } from "#core/inventory/declared-operations.ts";
import { factsOf } from "#core/inventory/facts.ts";
import { itemName } from "#core/inventory/item-name.ts";
import { isMentioned } from "#core/inventory/mention.ts";
import { migration } from "../../in-memory/migration.ts";

const file = migration({
  estate: {
    operations: [
      { kind: "dns-name", name: "kafka.shop.internal", side: "source", where: "route53 zone shop", owner: "team-net" },
      { kind: "certificate", name: "CN=*.kafka.shop", until: "2026-12-31" },
      { kind: "runbook", name: "disk full", where: "https://wiki.example.com/disk" },
    ],
    decisions: [
      { kind: "topics", prefix: "old-", disposition: "retire", owner: "team-net", by: "olga", reason: "unread" },
    ],
  },
});
const namesOf = (side: "source" | "target") => declaredOperations(file, side).map(itemName.operations);
const factsIn = (name: string) => declaredOperations(file, "source").find((one) => one.name === name)?.facts;

describe("what only people know", () => {
  it("is what the file names for a side, every owner of anything in it, and who approves", () => {
    expect(namesOf("source")).toEqual(
      expect.arrayContaining([
        "dns-name/kafka.shop.internal",
        "certificate/CN=*.kafka.shop",
        "runbook/disk full",
        "owner/team-net",
        "approver/carl",
        "approver/sara",
      ]),
    );
    expect(namesOf("source")).not.toContain("approver/olga");
    expect(namesOf("target")).not.toContain("dns-name/kafka.shop.internal");
    expect(factsIn("team-net")).toEqual({ owns: "topics old-…, dns-name kafka.shop.internal" });
    expect(factsIn("CN=*.kafka.shop")).toEqual({ until: "2026-12-31" });
    expect(declaredOperations(file, "source").every(({ source }) => source === "migration file")).toBe(true);
  });

  it("is there without a word of it: the waves' owners and the approvers", () => {
    const found = declaredOperations(migration(), "target").map(({ kind }) => kind);
    expect(new Set(found)).toEqual(new Set(["owner", "approver"]));
  });
});

describe("by which names a cluster is watched", () => {
  it("are MSK's name and ARN, else the hosts that clients are given", () => {
    const arn = "arn:aws:kafka:eu-west-1:123456789012:cluster/shop/1a2b-7";
    expect(clusterNames({ msk: { arn, access: "private" } })).toEqual(["shop", arn]);
    expect(clusterNames({ bootstrapServers: ["k1:9092", "k2:9092", "k1:9093"] })).toEqual(["k1", "k2"]);
  });

  it.each([
    ['[{"Name":"Cluster Name","Value":"shop"}]', true],
    [`SEARCH('"Cluster Name"="shop"')`, true],
    ["arn:aws:kafka:eu-west-1:1:cluster/shop/1a", true],
    ["workshop", false],
    ["shop-2", false],
    ["the workshop of shop_a and shop.internal, and shop", true],
    ["", false],
  ])("is mentioned as a whole only: %s is %s", (text, is) => {
    expect(isMentioned(["shop"], text)).toBe(is);
    expect(isMentioned([""], text)).toBe(false);
  });
});

it("keeps no value whose name says that it is a secret", () => {
  expect(
    factsOf({ "ssl.keystore.password": "x", "sasl.jaas.config": "y", apiToken: "z", retention: 3, none: [] }),
  ).toEqual({
    "ssl.keystore.password": "masked",
    "sasl.jaas.config": "masked",
    apiToken: "masked",
    retention: "3",
  });
});
