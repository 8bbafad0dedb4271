import { describe, expect, it } from "vitest";
import { OperatorFault } from "#core/fault.ts";
import { cutOver } from "#use-cases/cut-over.ts";
import { thawWave } from "#use-cases/thaw-wave.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";

const REVERSE = "sluice-shop-payments-1-reverse";

/** A wave whose gates before the freeze have passed; nobody has begun it. */
async function readyToFreeze(changes: Readonly<Record<string, unknown>> = {}): Promise<Home> {
  const home = await startHome(changes);
  await home.reach("cutover-ready");
  await home.settle((row) => row.gate?.step === "freeze", { approves: false });
  for (let ticks = 0; ticks < 4; ticks++) {
    await home.clock.sleep(500);
    await home.tick();
  }
  await home.passGates("freeze");
  return home;
}
const invoke = async (home: Home) =>
  cutOver(home.deps, { ...(await home.run()), invocationEndsAt: home.invocationEndsAt() });

describe("the cutover", () => {
  it("brakes, fences and proves, drains, and moves producers, in one invocation and in that order", async () => {
    const home = await readyToFreeze();
    const before = home.estate.calls.length;
    expect(await invoke(home)).toEqual({ outcome: "completed" });
    const order = home.estate.calls
      .slice(before)
      .filter(({ name }) => /\.(stop|start|resume|startFrom|add|remove)$/.test(name))
      .map(({ name, args }) => (name.startsWith("replicator") ? `${name} ${String(args[0])}` : name));
    expect(order).toEqual([
      "clientSwitch.stop",
      "source.rights.add",
      "replicator.stop forward",
      "replicator.startFrom reverse",
      "source.rights.add",
      "source.rights.remove",
      "replicator.resume reverse",
      "target.rights.add",
      "clientSwitch.start",
    ]);
    const row = await home.row();
    expect(row.phase).toBe("producers-moved");
    expect([row.freeze, row.claim, row.hold]).toEqual([undefined, undefined, undefined]);
  });

  it("journals, with its claim, how a person lifts the fence by hand", async () => {
    const home = await readyToFreeze();
    await invoke(home);
    const claim = (await home.store.journal(REF)).find(
      (entry) => entry.details["step"] === "freeze" && entry.event === "StepClaimed",
    );
    expect(claim?.details["toLiftByHand"]).toEqual([
      expect.stringMatching(/^kafka-acls --bootstrap-server old-1:9092 --remove .*'User:payments-api' .*'payments'/),
      expect.stringMatching(/^kafka-acls --bootstrap-server old-1:9092 --remove .*'User:\*' .* --topic 'payments'/),
    ]);
  });

  it("lets the forward mirror go on where its stored offsets lie before what it has written, and drains again", async () => {
    const home = await readyToFreeze();
    home.estate.staleOffsets = 1;
    expect(await invoke(home)).toEqual({ outcome: "completed" });
    expect(await home.events()).toContain("DrainRepeated");
  });

  it("holds before the freeze when the mirror does not keep up any more, and has changed nothing", async () => {
    const home = await readyToFreeze();
    const forward = home.estate.connectors.get("sluice-shop-payments-1-forward");
    if (forward === undefined) throw new Error("no forward connector");
    Object.assign(forward, { isRunning: false, hasTasks: false });
    home.clock.advance(1);
    const before = home.estate.calls.length;
    expect(await invoke(home)).toMatchObject({ outcome: "held", because: expect.stringContaining("is STOPPED") });
    expect(await home.row()).toMatchObject({
      phase: "cutover-ready",
      hold: { kind: "freeze-not-begun", cure: expect.stringContaining("go again") },
    });
    expect(home.estate.calls.slice(before).map((call) => call.name)).not.toContain("clientSwitch.stop");
  });

  it("holds, instead of coming round for ever, when it fails before its claim", async () => {
    const home = await readyToFreeze();
    await home.store.items.remove(REF, "FACT", "fence");
    expect(await invoke(home)).toMatchObject({ outcome: "held", because: expect.stringContaining("no stored fence") });
    expect(await home.row()).toMatchObject({ phase: "cutover-ready", hold: { by: "sluice" } });
  });

  it("thaws when a producer ignores the brake, and names the producer's id and who was told", async () => {
    const home = await readyToFreeze();
    home.estate.deaf.add("api");
    expect(await invoke(home)).toEqual({ outcome: "completed", because: "thawed" });
    const { hold, phase, freeze } = await home.row();
    expect({ phase, freeze }).toEqual({ phase: "cutover-ready", freeze: undefined });
    expect(hold?.reason).toMatch(/payments\/\d grew from \d+ to \d+ \(last written by producer id 7\)/);
    expect(hold?.reason).toContain("clients told to stop: api");
    expect(home.estate.fence()).toEqual([]);
  });

  it("thaws when the fence is taken away while it is being proved, though nobody writes, and names the entry", async () => {
    const home = await readyToFreeze();
    let isSeen = false;
    home.estate.around = {
      after: ({ name }) => {
        if (name !== "source.rights.presentOnEachBroker" || isSeen) return;
        isSeen = true;
        const { source } = home.estate;
        source.acls = source.acls.filter(({ permission }) => permission !== "DENY");
      },
    };
    expect(await invoke(home)).toEqual({ outcome: "completed", because: "thawed" });
    expect((await home.row()).hold?.reason).toMatch(
      /the fence was taken away while it was being proved: DENY WRITE to User:\* on topic payments is not on broker \d of the source any more; see who else changes/,
    );
    await home.resume();
    expect((await home.settle(({ phase }) => phase === "producers-moved")).hold).toBeUndefined();
  });

  it("thaws when no write is seen on the target, and takes the right to write back", async () => {
    const home = await readyToFreeze();
    home.estate.around = {
      after: ({ name }) => {
        // The target's producers have no network path.
        if (name === "target.rights.add") home.estate.deaf.add("api");
      },
      before: ({ name }) => {
        if (name === "target.rights.remove") home.estate.deaf.delete("api");
      },
    };
    expect(await invoke(home)).toEqual({ outcome: "completed", because: "thawed" });
    expect((await home.row()).hold?.reason).toContain("no write of api is seen on the target");
    expect(home.estate.target.allows("User:payments-api", "WRITE", "payments")).toBe(false);
    expect(home.estate.positions.get("api")).toBe("source");
    expect(home.estate.connectors.get(REVERSE)?.isRunning).toBe(false);
  });

  it("thaws when its own time is over, ten seconds before the deadline, and says what it waited for", async () => {
    const home = await readyToFreeze();
    home.estate.around = {
      after: ({ name }) => {
        if (name === "source.rights.add") home.clock.advance(50_000);
      },
    };
    expect(await invoke(home)).toMatchObject({ because: "thawed" });
    const { freeze, hold } = await home.row();
    expect(freeze).toBeUndefined();
    expect(hold?.reason).toBe("the handler's time is over while it waits for silence of the source");
    expect(home.estate.fence()).toEqual([]);
  });

  it("goes forward, held, when something fails after a client has written on the target; resume ends it there", async () => {
    const home = await readyToFreeze();
    let isBroken = true;
    home.estate.around = {
      before: ({ name, args }) => {
        const hasWritten = home.estate.acknowledged.some((one) => one.side === "target");
        if (isBroken && hasWritten && name === "replicator.status" && args[0] === "reverse")
          throw new OperatorFault("the reverse workers have lost their rights");
      },
    };
    expect(await invoke(home)).toMatchObject({
      outcome: "held",
      because: expect.stringContaining("so it goes forward"),
    });
    const row = await home.row();
    expect(row).toMatchObject({ phase: "moving-producers", hold: { kind: "move-producers-stopped", by: "sluice" } });
    expect(home.estate.positions.get("api")).toBe("target");
    expect(home.estate.fence().map((entry) => entry.principal)).toEqual(["User:payments-api"]);
    const thawed = await thawWave(home.deps, {
      ref: REF,
      by: "olga",
      kind: "thawed-by-person",
      reason: "ordered",
      cure: "resume",
      invocationEndsAt: home.invocationEndsAt(),
    });
    expect(thawed).toMatchObject({
      outcome: "refused",
      because: expect.stringContaining("clients have written on the target"),
    });
    isBroken = false;
    await home.resume();
    expect((await home.settle(({ phase }) => phase === "producers-moved")).hold).toBeUndefined();
  });

  it("does nothing when it is delivered late, or before its gate has passed", async () => {
    const home = await readyToFreeze();
    const late = { ...(await home.run()), run: 0, invocationEndsAt: home.invocationEndsAt() };
    expect(await cutOver(home.deps, late)).toMatchObject({ outcome: "superseded" });
    const unasked = await startHome();
    await unasked.reach("cutover-ready");
    expect(await invoke(unasked)).toMatchObject({
      outcome: "refused",
      because: expect.stringContaining("have not passed"),
    });
  });
});
