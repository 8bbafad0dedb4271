import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { CUTOVER_STEPS, stepAt } from "#core/wave/lifecycle.ts";
import type { Answer } from "#local/home/api-client.ts";
import { gateReady } from "./gate-ready.ts";
import { functionInvoker, type Invoked } from "./invoke-function.ts";
import { MIGRATION, OPERATOR } from "./lab-declaration.ts";
import { type LabWaveRun, startWaveLab, type WaveLab } from "./wave-lab.ts";

const names = ["left", "right"] as const;

describe("two waves to which everything is delivered twice, and whose approvals race", () => {
  let lab: WaveLab;
  let waves: readonly LabWaveRun[];
  let first: LabWaveRun;
  let again: Awaited<ReturnType<typeof deliverAgain>>;

  beforeAll(async () => {
    lab = await startWaveLab({
      waves: names.map((name) => ({ name, liveGroups: 0, partitions: 1, recordsPerSecond: 40 })),
    });
    waves = names.map((name) => lab.wave(name));
    first = lab.wave("left");
    await Promise.all(waves.map((wave) => wave.startApplications()));
    await lab.post(lab.file());
    again = deliverAgain(lab, waves);
  });
  afterAll(async () => {
    await again?.end();
    await lab?.stop();
  });

  const path = (wave: LabWaveRun, command: string): string =>
    `/migrations/${MIGRATION}/waves/${wave.declared.name}/${command}`;
  const times = <T>(count: number, act: () => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, act));
  const approve = (wave: LabWaveRun, person: string, gate: string, evidence: string): Promise<Answer> =>
    gate === "seal"
      ? lab.call(person, "POST", path(wave, "seal"), { evidence })
      : lab.call(person, "POST", path(wave, "approve"), { gate, evidence });

  /** All of them at the same instant, each twice; answers by person. */
  const race = async (wave: LabWaveRun, gate: string, people: readonly string[]) => {
    const { evidenceHash } = await gateReady(wave, gate);
    const answers = await Promise.all(
      [...people, ...people].map(async (person) => ({
        person,
        ...answerSchema.parse(await approve(wave, person, gate, evidenceHash)),
      })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const won = answers.filter(({ body }) => body.already === undefined).map(({ person }) => person);
    const lost = answers.filter(({ person }) => !won.includes(person));
    for (const { body } of lost)
      for (const winner of won) expect(body.already).toMatch(new RegExp(`${gate} was approved by .*${winner}`));
    const journalled = (await wave.journal()).filter(
      (entry) => entry.event === "ApprovalGiven" && entry.details["gate"] === gate,
    );
    expect(journalled.map(({ by }) => by).sort()).toEqual([...won].sort());
    return won;
  };

  it("start, hold and resume have one effect, however often they come", async () => {
    for (const wave of waves) {
      const started = (await times(4, () => wave.command("start"))).map((answer) => answerSchema.parse(answer));
      expect(started.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(started.filter(({ body }) => body.already === undefined)).toHaveLength(1);
    }
    for (const wave of waves) await wave.seen("replicating", 60, (row) => row.phase === "replicating");
    const { run } = await first.row();
    const held = (await times(3, () => first.command("hold", { reason: "lunch" }))).map((a) => answerSchema.parse(a));
    expect(held.filter(({ body }) => body.already === undefined)).toHaveLength(1);
    const resumed = (await times(3, () => first.command("resume"))).map((answer) => answerSchema.parse(answer));
    expect(resumed.filter(({ body }) => body.already === undefined)).toHaveLength(1);
    expect((await first.row()).run).toBe(run + 1);
    const posted = await lab.call(OPERATOR, "POST", "/migrations", lab.file());
    expect(posted).toMatchObject({ status: 200, body: { outcome: "unchanged" } });
  });

  it("who lacks the role is told who could, and evidence that has changed is refused with the cure", async () => {
    await first.seen("waiting at its gate", 20, (row) => row.gate?.passedAt === undefined && row.gate !== undefined);
    const early = (await first.api.gates()).find(({ gate }) => gate === "cutover")?.evidenceHash ?? "";
    const { evidenceHash } = await gateReady(first, "cutover");
    expect(evidenceHash).not.toBe(early);
    expect(await approve(first, "olga", "cutover", evidenceHash)).toMatchObject({
      status: 403,
      body: {
        title: "Role missing",
        detail: "olga is no cutover-approver of migration lab; approving gate cutover needs one",
        who: ["carl", "dana"],
        cure: "ask carl or dana, or give olga the role in the migration file's people",
      },
    });
    expect(await lab.call("carl", "POST", path(first, "start"))).toMatchObject({
      status: 403,
      body: { who: ["olga"] },
    });
    expect(await approve(first, "carl", "cutover", early)).toMatchObject({
      status: 409,
      body: {
        detail: `evidence ${early} is not what gate cutover shows now (${evidenceHash})`,
        cure: "read GET …/gates again, and approve what it shows",
      },
    });
    expect(await approve(first, "carl", "seal", evidenceHash)).toMatchObject({
      status: 409,
      body: { detail: "gate seal is not open; wave left is replicating" },
    });
  });

  it("of racing approvals one wins, and the others are told whose", async () => {
    for (const gate of ["cutover", "go"])
      for (const wave of waves) expect(await race(wave, gate, ["carl", "dana"])).toHaveLength(1);
  });

  it("a seal by one person twice is one approval, and of three people two seal", async () => {
    const { evidenceHash } = await gateReady(first, "seal");
    const seals = await times(3, () => approve(first, "sara", "seal", evidenceHash));
    expect(seals.map((answer) => answerSchema.parse(answer).body.already).filter((told) => told === undefined)).toEqual(
      [undefined],
    );
    expect((await first.row()).phase).toBe("producers-moved");
    expect(await approve(first, "dana", "seal", evidenceHash)).toMatchObject({ status: 200 });
    const won = await race(lab.wave("right"), "seal", ["carl", "sara", "dana"]);
    expect(new Set(won).size).toBe(2);
    for (const wave of waves) await wave.seen("sealed", 30, (row) => row.phase === "sealed");
    expect(await Promise.all(waves.map((wave) => wave.findings()))).toEqual([[], []]);
  });

  it("every step was claimed once and completed once, whoever invoked its function", async () => {
    const delivered = await again.end();
    for (const wave of waves) {
      const journal = await wave.journal();
      const count = (event: string): number => journal.filter((entry) => entry.event === event).length;
      const claimed = journal.flatMap((entry) => (entry.event === "StepClaimed" ? [entry.details["step"]] : []));
      expect(claimed).toEqual([
        "start",
        "move-consumers",
        "prepare-cutover",
        "freeze",
        "drain",
        "move-producers",
        "seal",
      ]);
      for (const event of [
        "WaveStarted",
        "ReplicationStarted",
        "GroupTranslated",
        "GroupMoved",
        "ConsumersMoved",
        "CutoverPrepared",
        "WaveFrozen",
        "DrainProved",
        "ProducersMoved",
        "WaveSealed",
      ])
        expect([event, count(event)]).toEqual([event, 1]);
      expect(journal.filter((entry) => entry.event === "WaveThawed" || entry.event === "ThawClaimed")).toEqual([]);
      expect(journal.map((entry) => entry.sequence)).toEqual(journal.map((_, index) => index + 1));
    }
    // Each kind of delivery also met somebody else who was at it.
    expect(Object.keys(delivered.ticks).sort()).toEqual(["busy", "ticked"]);
    expect(delivered.steps["StepLeased"]).toBeGreaterThan(0);
    expect(delivered.unexpected).toEqual([]);
  });

  it("a step that is delivered when all is over changes nothing", async () => {
    const { migration, wave, attempt, run } = await first.row();
    const before = await first.journal();
    const functions = functionInvoker(lab.control().endpoints.edge);
    for (const step of ["start", "move-consumers", "prepare-cutover", "cutover", "seal"])
      for (const late of [run, run - 1])
        expect(await functions.invoke(`steps-${step}`, { migration, wave, attempt, run: late })).toMatchObject({
          outcome: "superseded",
        });
    functions.close();
    expect(await first.journal()).toEqual(before);
  });

  it("a command that comes late is told that it is done", async () => {
    for (const command of ["start", "resume"] as const)
      expect(await first.command(command)).toMatchObject({ status: 200, body: { already: expect.any(String) } });
    const late = answerSchema.parse(await approve(first, "carl", "seal", "0"));
    expect(late).toMatchObject({
      status: 200,
      body: { already: "seal was approved by sara and dana; wave left has gone on and is sealed" },
    });
  });
});

const answerSchema = z.object({ status: z.number(), body: z.object({ already: z.string().optional() }) });

/** While the waves run: several ticks at once, and each step's function with the very input that its state gives it. */
const deliverAgain = (lab: WaveLab, waves: readonly LabWaveRun[]) => {
  const functions = functionInvoker(lab.control().endpoints.edge);
  const ticks: Record<string, number> = {};
  const steps: Record<string, number> = {};
  const unexpected: string[] = [];
  const underWay = new Set<Promise<void>>();
  let isEnded = false;
  const deliver = (name: string, event: unknown, counts: Record<string, number>, expected: readonly string[]): void => {
    const note = (found: Invoked): void => {
      const kind = found.error ?? found.outcome ?? "no answer";
      counts[kind] = (counts[kind] ?? 0) + 1;
      if (!expected.includes(kind)) unexpected.push(`${name}: ${kind}`);
    };
    const delivery = functions
      .invoke(name, event)
      .then(note, (error: unknown) => void unexpected.push(`${name}: ${String(error)}`));
    underWay.add(delivery);
    void delivery.then(() => underWay.delete(delivery));
  };
  const deliverFor = async (wave: LabWaveRun): Promise<void> => {
    const { migration, wave: name, attempt, run, phase } = await wave.row();
    for (let n = 0; n < 2; n++) deliver("timer-tick-wave", { migration, wave: name }, ticks, ["ticked", "busy"]);
    const step = run === 0 ? undefined : stepAt(phase)?.step;
    if (step === undefined) return;
    const isCutover = (CUTOVER_STEPS as readonly string[]).includes(step);
    deliver(`steps-${isCutover ? "cutover" : step}`, { migration, wave: name, attempt, run }, steps, [
      "completed",
      "superseded",
      "refused",
      "yielded",
      "StepLeased",
      // Connect rebalances when a wave's connector is created; whoever delivers tries again, as the state machine does.
      "RetryableFault",
    ]);
  };
  const running = (async () => {
    while (!isEnded) {
      for (const wave of waves) await deliverFor(wave);
      await sleep(700);
    }
  })();
  return {
    async end() {
      isEnded = true;
      await running;
      await Promise.all(underWay);
      functions.close();
      return { ticks, steps, unexpected };
    },
  };
};
