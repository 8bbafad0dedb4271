/** Mirrors whose principals no ACL binds, as MSK has them: nothing is granted to them, and the fence needs no gap for them. */
import { describe, expect, it } from "vitest";
import { principalsOf } from "#core/migration/sign-in.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";
import { migration } from "../in-memory/migration.ts";

const iam = (name: string) => ({
  auth: { type: "iam", role: `arn:aws:iam::123456789012:role/${name}`, region: "eu-west-1" },
});
const replicator = { forward: iam("mirror-forward"), reverse: iam("mirror-reverse") };
const { forward, reverse, sluice } = principalsOf(migration({ replicator }));

async function homeOfIam(): Promise<Home> {
  const home = await startHome({ replicator });
  for (const side of ["source", "target"] as const)
    home.estate[side].superUsers = [forward?.[side] ?? "", reverse?.[side] ?? ""];
  return home;
}

describe("a wave whose mirrors sign in by IAM", () => {
  it("goes to its seal without an ACL of theirs, and shuts out everyone else from the freeze on", async () => {
    const home = await homeOfIam();
    await home.reach("sealed");
    expect((await home.row()).phase).toBe("sealed");
    const added = home.estate.calls
      .filter((call) => /\.rights\.add$/.test(call.name))
      .flatMap((call) => JSON.stringify(call.args));
    expect(added.length).toBeGreaterThan(0);
    expect(added.join()).not.toMatch(/IAM:|mirror-/);
    const onSource = home.estate.source.acls.filter((entry) => entry.resourceName === "payments");
    expect(onSource).toContainEqual(
      expect.objectContaining({ principal: "User:*", operation: "WRITE", permission: "DENY" }),
    );
  });

  it("is refused where Sluice itself signs in by IAM and only a probe could tell what brokers allow for want of an ACL", async () => {
    const { auth } = iam("sluice");
    const home = await startHome({
      source: { bootstrapServers: ["old-1:9092"], auth, brokersAllowEveryone: "no" },
    });
    home.estate.source.acls = home.estate.source.acls.filter((entry) => entry.resourceType === "CLUSTER");
    await home.reach("replicating");
    const { hold } = await home.row();
    expect(hold?.reason).toMatch(
      /cannot be proved: Sluice signs in there by IAM, where ACLs do not bind it; let Sluice sign in/,
    );
    expect(home.estate.calls.map((call) => call.name)).not.toContain("source.rights.add");
  });

  it("tells in its journal who signed in, by names that stay the same", async () => {
    const home = await homeOfIam();
    await home.reach("replicating");
    const started = (await home.store.journal(REF)).find((entry) => entry.event === "ReplicationStarted");
    expect(started?.details["signedInAs"]).toEqual({ sluice, forward, reverse });
    expect(forward?.["target"]).toBe("IAM:arn:aws:sts::123456789012:assumed-role/mirror-forward/sluice-shop-forward");
  });
});
