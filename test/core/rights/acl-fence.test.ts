import { describe, expect, it } from "vitest";
import type { AclEntry } from "#core/kafka/acl.ts";
import { type FencePlan, liftByHand, planAclFence } from "#core/rights/acl-fence.ts";
import { onTopic } from "./entries.ts";

const plan = (entries: readonly AclEntry[], more: Partial<Parameters<typeof planAclFence>[0]> = {}) =>
  planAclFence({
    entries,
    topics: ["orders"],
    mirrorPrincipal: "User:mirror-reverse",
    superUsers: ["User:root"],
    brokersAllowEveryone: "no",
    ...more,
  });
const planned = (...given: Parameters<typeof plan>): FencePlan => {
  const fence = plan(...given);
  if ("because" in fence) throw new Error(fence.because);
  return fence;
};
const deny = (principal: string, topic = "orders"): AclEntry =>
  onTopic(principal, "WRITE", topic, { permission: "DENY" });

describe("the fence of a wave's topics", () => {
  it("bars everyone during the freeze, and then each principal that may write, but the mirror", () => {
    const fence = planned([
      onTopic("User:api", "WRITE", "orders"),
      onTopic("User:batch", "ALL", "orders"),
      onTopic("User:ledger", "READ", "orders"),
      onTopic("User:mirror-reverse", "WRITE", "orders"),
    ]);
    expect(fence).toEqual({
      everyone: [deny("User:*")],
      perPrincipal: [deny("User:api"), deny("User:batch")],
      unbarrable: ["User:root"],
    });
  });

  it.each([
    ["literal", onTopic("User:api", "WRITE", "orders")],
    ["prefixed", onTopic("User:api", "WRITE", "ord", { pattern: "PREFIXED" })],
    ["wildcard", onTopic("User:api", "WRITE", "*")],
    ["from one host only", onTopic("User:api", "WRITE", "orders", { host: "10.0.0.1" })],
  ])("finds a writer by a %s entry, and bars it on the literal topic from every host", (_kind, entry) => {
    expect(planned([entry]).perPrincipal).toEqual([deny("User:api")]);
  });

  it("bars nobody for what matches another name, another type, or denies", () => {
    expect(
      planned([
        onTopic("User:a", "WRITE", "orders-2"),
        onTopic("User:b", "WRITE", "ord"),
        onTopic("User:c", "WRITE", "orders", { resourceType: "TRANSACTIONAL_ID" }),
        onTopic("User:d", "WRITE", "orders", { permission: "DENY", host: "10.0.0.1" }),
      ]).perPrincipal,
    ).toEqual([]);
  });

  it("bars a principal once, however many entries it has, and on each topic that it may write", () => {
    const fence = planned([onTopic("User:api", "WRITE", "*"), onTopic("User:api", "ALL", "orders")], {
      topics: ["orders", "payments"],
    });
    expect(fence.everyone).toEqual([deny("User:*"), deny("User:*", "payments")]);
    expect(fence.perPrincipal).toEqual([deny("User:api"), deny("User:api", "payments")]);
  });

  it("takes no entry for its own that stands already", () => {
    const standing = deny("User:batch");
    const fence = planned([onTopic("User:api", "WRITE", "orders"), onTopic("User:batch", "WRITE", "*"), standing]);
    expect(fence.perPrincipal).toEqual([deny("User:api")]);
  });

  it("is refused where a DENY for everyone stands that is not its own", () => {
    expect(plan([onTopic("User:api", "WRITE", "orders"), deny("User:*")])).toMatchObject({
      because: expect.stringContaining("orders denies WRITE to everyone"),
      cure: expect.stringContaining("kafka-acls"),
    });
  });

  it.each(["WRITE", "ALL"] as const)("is refused where everyone is allowed %s", (operation) => {
    for (const name of ["orders", "*"])
      expect(plan([onTopic("User:*", operation, name)])).toMatchObject({
        because: expect.stringContaining("lets everyone (User:*) write"),
        cure: expect.stringContaining("one per principal"),
      });
    expect(plan([onTopic("User:*", "READ", "orders")])).toHaveProperty("everyone");
  });

  it.each([
    ["yes", "then allow everyone"],
    ["unknown", "brokersAllowEveryone is unknown"],
  ] as const)("is refused for a topic without any entry where brokers allow everyone: %s", (declared, because) => {
    expect(plan([onTopic("User:api", "WRITE", "other")], { brokersAllowEveryone: declared })).toMatchObject({
      because: expect.stringContaining(because),
      cure: expect.stringContaining("brokersAllowEveryone: no"),
    });
  });

  it("needs no entry where brokers are closed", () => {
    expect(planned([])).toEqual({ everyone: [deny("User:*")], perPrincipal: [], unbarrable: ["User:root"] });
  });

  it("is lifted by hand with a command that names the entry", () => {
    expect(liftByHand(deny("User:*"), ["a:1", "b:2"])).toBe(
      "kafka-acls --bootstrap-server a:1,b:2 --remove --force --deny-principal 'User:*' --operation Write --topic 'orders' --resource-pattern-type literal",
    );
  });
});
