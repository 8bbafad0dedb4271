/** A whole wave whose topic has no ACL on a source that then allows everyone, with its process killed at each change of rights. */
import { describe, expect, it } from "vitest";
import { aclKey } from "#core/kafka/acl.ts";
import { entriesOnTopic } from "#core/rights/client-rights.ts";
import { orderRollBack } from "#use-cases/order-roll-back.ts";
import { isRefused } from "#use-cases/refused.ts";
import { retryWave } from "#use-cases/retry-wave.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";
import type { Call } from "../in-memory/observed.ts";

async function openHome(
  declared: "yes" | "no" | "unknown" = "unknown",
  auth: Readonly<Record<string, string>> = { type: "scram", mechanism: "SCRAM-SHA-256", secret: "shop/source" },
): Promise<Home> {
  const home = await startHome({
    source: { bootstrapServers: ["old-1:9092"], auth, brokersAllowEveryone: declared },
  });
  home.estate.source.acls = home.estate.source.acls.filter((entry) => entry.resourceType === "CLUSTER");
  home.estate.source.allowEveryone = { 1: true, 2: true };
  return home;
}

const onWave = ({ estate }: Home): readonly string[] =>
  entriesOnTopic(estate.source.acls, "payments").map((e) => `${e.permission} ${e.principal} ${e.operation}`);

async function finish(home: Home): Promise<void> {
  await home.reach("sealed");
  for (let resumes = 0; resumes < 6; resumes++) {
    const row = await home.settle(
      ({ phase, hold }) => phase === "sealed" || (hold !== undefined && phase !== "thawing"),
    );
    if (row.phase === "sealed") return;
    if (row.phase === "cutover-ready") expect(onWave(home)).toEqual([]);
    home.clock.advance(10_000);
    await home.resume();
  }
  throw new Error("held again and again");
}

function expectDone(home: Home): void {
  const { estate } = home;
  for (let beats = 0; beats < 3; beats++) estate.beat();
  estate.positions.set("api", "paused");
  estate.beat();
  const acknowledged = estate.acknowledged.map((one) => one.record).sort();
  expect(new Set(estate.acknowledged.map((one) => one.side))).toEqual(new Set(["source", "target"]));
  expect([...estate.recordsOn("target", "payments")].sort()).toEqual(acknowledged);
  expect([...(estate.processed.get("payments-ledger") ?? [])].sort()).toEqual(acknowledged);
  expect(estate.refusedReads).toEqual([]);
  expect(onWave(home)).toEqual(["ALLOW User:* READ", "ALLOW User:* DESCRIBE_CONFIGS"]);
  expect(estate.source.acls.filter((e) => e.resourceName.startsWith("sluice-probe"))).toEqual([]);
}

const changesRights = (call: Call): boolean => /^source\.rights\.(add|remove)$/.test(call.name);

async function changesOfAWave(): Promise<readonly { readonly index: number; readonly what: string }[]> {
  const home = await openHome();
  await home.reach("sealed");
  return home.estate.calls
    .filter(changesRights)
    .map(({ name, args }, index) => ({ index, what: `${name} ${JSON.stringify(args).slice(0, 80)}` }));
}

const changes = await changesOfAWave();

describe("a wave whose topic everyone may use for want of an ACL", () => {
  it.each(["yes", "unknown"] as const)("goes from its start to its seal; declared: %s", async (declared) => {
    const home = await openHome(declared);
    let duringFreeze: readonly string[] = [];
    home.estate.around = {
      before: async (call) => {
        if (call.name === "replicator.stop" && (await home.row()).phase === "draining") duringFreeze = onWave(home);
        if (call.name === "replicator.resume") expect(onWave(home)).toContain("ALLOW User:mirror-reverse WRITE");
      },
    };
    expect(await home.reach("sealed")).toMatchObject({ phase: "sealed", run: 1 });
    expect(duringFreeze).toEqual(["ALLOW User:* READ", "ALLOW User:* DESCRIBE_CONFIGS"]);
    expectDone(home);
    const sealed = (await home.store.journal(REF)).findLast((entry) => entry.details["fenceStaysOn"] !== undefined);
    expect(sealed?.details["fenceStaysOn"]).toEqual([
      { topic: "payments", principal: "User:*", entry: "ALLOW READ" },
      { topic: "payments", principal: "User:*", entry: "ALLOW DESCRIBE_CONFIGS" },
    ]);
  });

  it("rolls back to a source without any ACL, as it was, and is sealed by a retry", async () => {
    const home = await openHome();
    await home.reach("producers-moved");
    for (let beats = 0; beats < 5; beats++) home.estate.beat();
    const invocationEndsAt = home.invocationEndsAt();
    await orderRollBack(home.deps, { ref: REF, by: "olga", cause: "person", reason: "wrong", invocationEndsAt });
    await home.settle((row) => row.phase === "rolled-back" || row.hold !== undefined);
    expect(await home.row()).toMatchObject({ phase: "rolled-back" });
    expect(onWave(home)).toEqual([]);
    expect(home.estate.target.acls.filter((entry) => entry.permission === "DENY")).toEqual([]);
    expect(isRefused(await retryWave(home.deps, REF, "olga"))).toBe(false);
    await home.settle((row) => row.phase === "sealed" || row.hold !== undefined);
    expect(await home.row()).toMatchObject({ phase: "sealed", attempt: 2 });
    expectDone(home);
  });

  it("gives its clients on a closed target what they had, and the right to write when producers move", async () => {
    const home = await openHome();
    await home.reach("sealed");
    const rights = home.estate.target.acls.map(aclKey);
    for (const right of [
      "TOPIC|LITERAL|payments|User:payments-ledger|*|READ|ALLOW",
      "TOPIC|LITERAL|payments|User:payments-api|*|WRITE|ALLOW",
      "GROUP|LITERAL|payments-ledger|User:payments-ledger|*|READ|ALLOW",
    ])
      expect(rights).toContain(right);
  });

  it.each(changes)("killed right after $what ($index)", async ({ index }) => {
    const home = await openHome();
    let seen = -1;
    home.estate.around = {
      after: (call) => {
        if (!changesRights(call)) return;
        seen += 1;
        if (seen === index) home.estate.isKilled = true;
      },
    };
    await finish(home);
    expectDone(home);
  });
});

describe("a wave that cannot be fenced is held before any data moves", () => {
  const heldBecause = async (home: Home): Promise<string> => {
    await home.reach("sealed");
    const row = await home.row();
    expect(row.phase).toBe("preparing");
    expect(home.estate.connectors.size).toBe(0);
    return row.hold?.reason ?? "not held";
  };

  it("where the declaration is wrong either way", async () => {
    const open = await openHome("no");
    expect(await heldBecause(open)).toMatch(/source\.brokersAllowEveryone: no, and the brokers let Sluice.*"yes"/);
    const closed = await openHome("yes");
    closed.estate.source.allowEveryone = { 1: false, 2: false };
    expect(await heldBecause(closed)).toMatch(/source\.brokersAllowEveryone: yes, and the brokers refuse Sluice.*"no"/);
  });

  it("where brokers disagree, or Sluice is a super user, or an ACL matches the scratch name", async () => {
    const torn = await openHome();
    torn.estate.source.allowEveryone = { 1: true, 2: false };
    expect(await heldBecause(torn)).toContain("broker 1 allows what broker 2 refuses");
    const root = await openHome("yes");
    root.estate.source.superUsers = ["User:sluice"];
    expect(await heldBecause(root)).toMatch(/cannot be proved: Sluice's principal is a super user.*no super user/);
    const matched = await openHome();
    const [own] = matched.estate.source.acls;
    if (own === undefined) throw new Error("Sluice has a right");
    const prefixed = { resourceType: "TOPIC", resourceName: "sluice-", pattern: "PREFIXED" } as const;
    matched.estate.source.acls = [own, { ...own, ...prefixed, operation: "READ" }];
    expect(await heldBecause(matched)).toMatch(/an ACL on sluice- .*matches the scratch name.*--remove .*prefixed/);
  });

  it("where everyone may change ACLs, or everyone is anonymous", async () => {
    const lifted = await openHome();
    lifted.estate.source.acls = [];
    expect(await heldBecause(lifted)).toMatch(/Cluster resource of the source has no ACL.*lift its own fence/);
    const anonymous = await openHome("unknown", { type: "none" });
    expect(await heldBecause(anonymous)).toMatch(/source\.auth is none.*User:ANONYMOUS.*principals of their own/);
  });
});
