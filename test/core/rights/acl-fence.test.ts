import { describe, expect, it } from "vitest";
import type { AclEntry } from "#core/kafka/acl.ts";
import { type FencePlan, liftOrder, planAclFence, removeByHand } from "#core/rights/acl-fence.ts";
import { onTopic } from "./entries.ts";

const plan = (entries: readonly AclEntry[], more: Partial<Parameters<typeof planAclFence>[0]> = {}) =>
  planAclFence({
    side: "source",
    entries,
    topics: ["orders"],
    mirrorPrincipal: "User:mirror-reverse",
    superUsers: ["User:root"],
    allowsEveryone: false,
    ...more,
  });
const planned = (...given: Parameters<typeof plan>): FencePlan => {
  const fence = plan(...given);
  if ("because" in fence) throw new Error(fence.because);
  return fence;
};
const deny = (principal: string, topic = "orders"): AclEntry =>
  onTopic(principal, "WRITE", topic, { permission: "DENY" });

const onCluster = (principal: string, operation: AclEntry["operation"]): AclEntry =>
  onTopic(principal, operation, "kafka-cluster", { resourceType: "CLUSTER" });

describe("the fence of a wave's topics", () => {
  it("bars everyone during the freeze, and then each principal that may write, but the mirror", () => {
    const fence = planned([
      onTopic("User:api", "WRITE", "orders"),
      onTopic("User:batch", "ALL", "orders"),
      onTopic("User:ledger", "READ", "orders"),
      onTopic("User:mirror-reverse", "WRITE", "orders"),
    ]);
    expect(fence).toEqual({
      freeze: [deny("User:*")],
      narrowed: { add: [deny("User:api"), deny("User:batch")], remove: [deny("User:*")] },
      unbarrable: ["User:root"],
    });
  });

  it.each([
    ["literal", onTopic("User:api", "WRITE", "orders")],
    ["prefixed", onTopic("User:api", "WRITE", "ord", { pattern: "PREFIXED" })],
    ["wildcard", onTopic("User:api", "WRITE", "*")],
    ["from one host only", onTopic("User:api", "WRITE", "orders", { host: "10.0.0.1" })],
  ])("finds a writer by a %s entry, and bars it on the literal topic from every host", (_kind, entry) => {
    expect(planned([entry]).narrowed.add).toEqual([deny("User:api")]);
  });

  it("bars nobody for what matches another name, another type, or denies", () => {
    expect(
      planned([
        onTopic("User:a", "WRITE", "orders-2"),
        onTopic("User:b", "WRITE", "ord"),
        onTopic("User:c", "WRITE", "orders", { resourceType: "TRANSACTIONAL_ID" }),
        onTopic("User:d", "WRITE", "orders", { permission: "DENY", host: "10.0.0.1" }),
      ]).narrowed.add,
    ).toEqual([]);
  });

  it("bars a principal once, however many entries it has, and on each topic that it may write", () => {
    const fence = planned([onTopic("User:api", "WRITE", "*"), onTopic("User:api", "ALL", "orders")], {
      topics: ["orders", "payments"],
    });
    expect(fence.freeze).toEqual([deny("User:*"), deny("User:*", "payments")]);
    expect(fence.narrowed.add).toEqual([deny("User:api"), deny("User:api", "payments")]);
  });

  it("takes no entry for its own that stands already", () => {
    const standing = deny("User:batch");
    const fence = planned([onTopic("User:api", "WRITE", "orders"), onTopic("User:batch", "WRITE", "*"), standing]);
    expect(fence.narrowed.add).toEqual([deny("User:api")]);
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
    expect(plan([onTopic("User:*", "READ", "orders")])).toHaveProperty("freeze");
  });

  it("allows everyone to read instead where no entry matches and brokers allow everyone, and then the mirror to write", () => {
    const open = { topics: ["orders", "payments"], allowsEveryone: true };
    const others = [onCluster("User:sluice", "ALTER"), onTopic("User:api", "WRITE", "payments")];
    const fence = planned(others, open);
    const read = onTopic("User:*", "READ", "orders");
    const describeConfigs = onTopic("User:*", "DESCRIBE_CONFIGS", "orders");
    const mirror = onTopic("User:mirror-reverse", "WRITE", "orders");
    expect(fence.freeze).toEqual([read, describeConfigs, deny("User:*", "payments")]);
    expect(fence.narrowed).toEqual({
      add: [mirror, deny("User:api", "payments")],
      remove: [deny("User:*", "payments")],
    });
    expect(liftOrder(fence).filter((e) => e.resourceName === "orders")).toEqual([mirror, describeConfigs, read]);
  });

  it("needs no entry where brokers are closed", () => {
    expect(planned([])).toMatchObject({ freeze: [deny("User:*")], narrowed: { add: [], remove: [deny("User:*")] } });
  });

  it("bars everyone to its end where no mirror writes behind it, even where everyone may write", () => {
    const { mirrorPrincipal: _none, ...target } = {
      side: "target" as const,
      entries: [onTopic("User:*", "WRITE", "orders")],
      topics: ["orders", "payments"],
      mirrorPrincipal: undefined,
      superUsers: [],
      allowsEveryone: false,
    };
    expect(planAclFence(target)).toEqual({
      freeze: [deny("User:*"), deny("User:*", "payments")],
      narrowed: { add: [], remove: [] },
      unbarrable: [],
    });
    const standing = { ...target, entries: [deny("User:*")] };
    expect(planAclFence(standing)).toMatchObject({ freeze: [deny("User:*", "payments")] });
  });

  it.each([
    [[onCluster("User:*", "ALTER")], false, "--allow-principal 'User:*' --operation Alter --cluster"],
    [[onCluster("User:*", "ALL")], true, "--allow-principal 'User:*' --operation All --cluster"],
    [[onTopic("User:api", "WRITE", "orders")], true, "--add --cluster"],
  ] as const)("is refused where an application could lift it", (entries, allowsEveryone, cure) => {
    expect(plan(entries, { allowsEveryone })).toMatchObject({
      because: expect.stringMatching(
        /Cluster resource of the source .*could lift its own fence|everyone .* may .*own fence/,
      ),
      cure: expect.stringContaining(cure),
    });
  });

  it("is refused where the mirror is denied already", () => {
    for (const standing of [deny("User:mirror-reverse"), { ...deny("User:*"), operation: "ALL" as const }])
      expect(plan([onTopic("User:api", "WRITE", "orders"), standing])).toHaveProperty("because");
  });

  it("is lifted by hand with a command that names the entry", () => {
    expect(removeByHand(deny("User:*"), ["a:1", "b:2"])).toBe(
      "kafka-acls --bootstrap-server a:1,b:2 --remove --force --deny-principal 'User:*' --operation Write --topic 'orders' --resource-pattern-type literal",
    );
    expect(
      removeByHand(onTopic("User:*", "DESCRIBE_CONFIGS", "ord", { pattern: "PREFIXED", host: "10.0.0.1" }), ["a:1"]),
    ).toBe(
      "kafka-acls --bootstrap-server a:1 --remove --force --allow-principal 'User:*' --allow-host '10.0.0.1' --operation DescribeConfigs --topic 'ord' --resource-pattern-type prefixed",
    );
  });
});
