import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Answer } from "#local/home/api-client.ts";
import { AWS_TROUBLES, driveThroughTrouble } from "./aws-troubles.ts";
import { commitSeed } from "./crash-points/sample.ts";
import { gateReady } from "./gate-ready.ts";
import { functionInvoker } from "./invoke-function.ts";
import { MIGRATION, OPERATOR } from "./lab-declaration.ts";
import { type Leash, leash } from "./leash.ts";
import { alarmOfLied, driveThroughLies, liedTransitions, transitionsOf } from "./lied-wave.ts";
import { type LyingEdge, lyingEdge, NOT_ASKED_BY_PEOPLE, unexpectedIn } from "./lying-edge.ts";
import { driveUnanswered } from "./unanswered-wave.ts";
import { type LabWaveRun, startWaveLab, type WaveLab } from "./wave-lab.ts";
import { driveAmongZombies, sampledHaunting } from "./zombies/haunted-wave.ts";
import { startZombieHost, type ZombieHost } from "./zombies/zombie-host.ts";

const names = ["left", "right"] as const;
/** Each for one kind of lie. */
const others = ["lied", "haunted", "unanswered", "troubled"] as const;
/** A freeze proves itself for so long that much can come in it; a roll-back soon gives up waiting for a group. */
const POLICY = { alarms: [alarmOfLied], quietMilliseconds: 1500, groupStopSeconds: 15 };
const seed = commitSeed();
const haunting = sampledHaunting(seed);

describe("waves to which everything is delivered several times, and late", () => {
  let lab: WaveLab;
  let waves: readonly LabWaveRun[];
  let first: LabWaveRun;
  let lied: LabWaveRun;
  let edge: LyingEdge;
  /** The wave that goes all ways, beside those whose approvals race. */
  let allWays: Promise<number>;
  let zombie: ZombieHost | undefined;
  let leashed: Leash | undefined;
  /** The wave whose effects seem to get no answer, beside the one among zombies. */
  let noAnswers: Promise<void>;

  beforeAll(async () => {
    const small = { partitions: 1, recordsPerSecond: 40 };
    lab = await startWaveLab({
      waves: [
        ...names.map((name) => ({ ...small, name, liveGroups: 0 })),
        ...others.map((name) => ({ ...small, name })),
      ],
      canLie: true,
      hasCrashPoints: true,
    });
    waves = names.map((name) => lab.wave(name));
    first = lab.wave("left");
    lied = lab.wave("lied");
    edge = lyingEdge(lab);
    await edge.arm({ deliveries: { functions: NOT_ASKED_BY_PEOPLE, copies: 2, withinMilliseconds: 3_000 } });
    await Promise.all([...waves, lied].map((wave) => wave.startApplications()));
    await lab.post(lab.file(POLICY));
    allWays = driveThroughLies(lab, lied, edge);
    allWays.catch(() => undefined);
  });
  afterAll(async () => {
    await leashed?.cut();
    await zombie?.stop();
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

  /** What is written once a wave is sealed tells nothing more, and takes the others' time. */
  const quieten = (...sealed: readonly LabWaveRun[]) => Promise.all(sealed.map((wave) => wave.pauseProducers()));

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
    const lost = resumed.flatMap(({ body }) => body.already ?? []);
    expect(lost).toHaveLength(2);
    for (const told of lost) expect(told).toMatch(/is not held; it is replicating, resumed by olga at \S+Z$/);
    expect((await first.row()).run).toBe(run + 1);
    const posted = await lab.call(OPERATOR, "POST", "/migrations", lab.file(POLICY));
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
    await quieten(...waves);
  });

  it("every step was claimed once and completed once, whoever invoked its function", async () => {
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
  });

  it("a wave that goes forward, thaws, is rolled back by an alarm, tried again and sealed makes each transition once, whatever comes again", async () => {
    const thaws = await allWays;
    expect(transitionsOf(await lied.journal())).toEqual(liedTransitions(thaws));
    await quieten(lied);
  });

  it(`a handler that is paused past its lease and goes on after its successor has finished does nothing more, in ${[...haunting.forward, ...haunting.back].join(", ")} (SLUICE_CRASH_SEED=${seed})`, async () => {
    const [haunted, unanswered] = [lab.wave("haunted"), lab.wave("unanswered")];
    const [client = ""] = haunted.declared.liveGroups;
    await Promise.all([haunted.startApplications({ deaf: [client] }), unanswered.startApplications()]);
    leashed = leash(lab, haunted, client);
    noAnswers = driveUnanswered(lab, unanswered);
    noAnswers.catch(() => undefined);
    zombie = await startZombieHost(lab, edge);
    await driveAmongZombies(haunted, zombie, haunting, { leashed, client });
    expect((await haunted.row()).phase).toBe("sealed");
  });

  it("each kind of event came too often, also while somebody else was at it, and nothing came of it but what may", async () => {
    const tally = await edge.tally();
    for (const name of [
      "alarms-wake-ticks",
      "steps-where-now",
      "steps-open-gate",
      "steps-start",
      "steps-move-consumers",
      "steps-prepare-cutover",
      "steps-cutover",
      "steps-seal",
      "steps-roll-back",
      "stream-announce-journal",
      "timer-tick-active-waves",
      "timer-tick-wave",
    ])
      expect(tally, name).toHaveProperty(name);
    expect(Object.keys(tally["timer-tick-wave"] ?? {})).toEqual(expect.arrayContaining(["busy", "ticked"]));
    const leased = Object.values(tally).reduce((sum, answers) => sum + (answers["StepLeased"] ?? 0), 0);
    expect(leased).toBeGreaterThan(0);
    expect(unexpectedIn(tally)).toEqual([]);
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

  it("a wave is sealed whose effects are done and then said to have got no answer, in each step that comes by one", async () => {
    await noAnswers;
    expect((await lab.wave("unanswered").row()).phase).toBe("sealed");
    await quieten(lab.wave("unanswered"), lab.wave("haunted"));
  });

  it("a wave is sealed while DynamoDB throttles, Step Functions refuses, ECS is slow and SSM fails every other call", async () => {
    const troubled = lab.wave("troubled");
    await troubled.startApplications();
    const told = ["DynamoDB throttled", "Step Functions refusing", "ECS slow", "SSM failing one call in ten"] as const;
    await edge.arm({ deliveries: { functions: ["steps-start"], copies: 0, withinMilliseconds: 0 } });
    await driveThroughTrouble(
      troubled,
      edge,
      // So few calls of SSM that one in ten might be none.
      told.flatMap((name) =>
        AWS_TROUBLES[name].map((call) => (call.service === "ssm" ? { ...call, share: 0.5 } : call)),
      ),
    );
    const lied = Object.keys(await edge.tally());
    for (const service of ["dynamodb:", "ecs:", "ssm:", "states:"])
      expect(
        lied.some((name) => name.startsWith(service)),
        service,
      ).toBe(true);
  });

  it("of all these waves each record was written and processed once and in order, and nothing is left behind", async () => {
    const all = [...names, ...others];
    const findings = await Promise.all(all.map(async (name) => [name, await lab.wave(name).findings()]));
    expect(findings).toEqual(all.map((name) => [name, []]));
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
