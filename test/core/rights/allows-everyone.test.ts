import { describe, expect, it } from "vitest";
import { confirmDeclaration, mustBeProbed, withImplicitRights } from "#core/rights/allows-everyone.ts";
import { migration } from "../../in-memory/migration.ts";
import { onGroup, onTopic } from "./entries.ts";

const onCluster = onTopic("User:sluice", "ALTER", "kafka-cluster", { resourceType: "CLUSTER" });

describe("what brokers do where no ACL is found", () => {
  it("matters to a fence where a topic has no entry, whatever was declared", () => {
    for (const declared of ["yes", "no", "unknown"] as const) {
      expect(mustBeProbed(declared, [onCluster, onTopic("User:a", "READ", "other")], ["orders"])).toBe(true);
      expect(mustBeProbed(declared, [onCluster, onTopic("User:a", "READ", "*")], ["orders"])).toBe(false);
    }
  });

  it("matters where the Cluster has no entry and nothing was declared", () => {
    const entries = [onTopic("User:a", "READ", "orders")];
    expect((["yes", "no", "unknown"] as const).map((said) => mustBeProbed(said, entries, ["orders"]))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it.each([
    ["yes", "yes", true],
    ["no", "no", false],
    ["unknown", "yes", true],
    ["unknown", "no", false],
  ] as const)("declared %s, probed %s: known", (declared, probed, allowsEveryone) => {
    expect(confirmDeclaration("source", declared, probed)).toEqual({ allowsEveryone });
  });

  it.each([
    ["yes", "no", 'brokersAllowEveryone to "no"', "found=true"],
    ["no", "yes", 'brokersAllowEveryone to "yes"', "found=false"],
  ] as const)("declared %s, probed %s: says which to correct", (declared, probed, file, brokers) => {
    const refusal = confirmDeclaration("target", declared, probed);
    expect(refusal).toMatchObject({ because: expect.stringContaining(`target.brokersAllowEveryone: ${declared}`) });
    expect(refusal).toMatchObject({ cure: expect.stringContaining(file) });
    expect(refusal).toMatchObject({ cure: expect.stringContaining(brokers) });
  });

  it.each(["yes", "no", "unknown"] as const)("declared %s and not provable: refused with the cure", (declared) => {
    expect(confirmDeclaration("source", declared, { unprovable: "for a reason", cure: "do that" })).toEqual({
      because: expect.stringContaining("for a reason"),
      cure: "do that",
    });
  });
});

it("writes out what everyone may, for the wave's names without an entry alone", () => {
  const [plan] = migration().waves;
  if (plan === undefined) throw new Error("the file has a wave");
  const everyTopic = onTopic("User:*", "ALL", "payments");
  const everyGroup = onGroup("User:*", "ALL", "payments-ledger");
  expect(withImplicitRights([onCluster], plan, true)).toEqual([onCluster, everyTopic, everyGroup]);
  expect(withImplicitRights([onCluster], plan, false)).toEqual([onCluster]);
  const named = [onTopic("User:a", "READ", "pay", { pattern: "PREFIXED" }), onGroup("User:a", "READ", "*")];
  expect(withImplicitRights(named, plan, true)).toEqual(named);
});
