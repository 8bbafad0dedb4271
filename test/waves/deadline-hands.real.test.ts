import { setTimeout as sleep } from "node:timers/promises";
import { ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import { schedulerDeadlines } from "#adapters/scheduler/deadline-schedule.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import { flatIds } from "#local/demo/checker/journal-lines.ts";
import { passwordOf } from "#local/demo/demo-estate.ts";
import { SUPER_USER } from "#local/demo/estate-declaration.ts";
import { LOCAL_CREDENTIALS } from "#local/home/control-environment.ts";
import { DEFAULT_REGION, functionArn, roleArn, SCHEDULE_GROUP } from "#local/home/local-account.ts";
import { readFact } from "#use-cases/wave-facts.ts";
import { MIGRATION } from "./lab-declaration.ts";
import { isBeingDone, type LabWaveRun, startWaveLab, type WaveLab } from "./wave-lab.ts";

/** The fence is off at most this long after the deadline. */
const PROMISE = 30_000;

let lab: WaveLab;
beforeAll(async () => {
  lab = await startWaveLab({ waves: [{ name: "guarded" }, { name: "left" }, { name: "scheduled" }] });
  await lab.post(lab.file());
  const untilReady = async (wave: LabWaveRun): Promise<void> => {
    await wave.startApplications();
    await wave.command("start");
    await wave.follow({ until: (row) => row.phase === "cutover-ready", seconds: 150 });
  };
  await Promise.all(["guarded", "left", "scheduled"].map((name) => untilReady(lab.wave(name))));
});
afterAll(() => lab?.stop());

/** The wave, which is ready for its cutover, with its producers stopped and its fence up, a handler at work. */
async function untilFenced(wave: LabWaveRun): Promise<{ readonly deadlineAt: number }> {
  const ended = new AbortController();
  const following = wave.follow({ until: (row) => row.freeze !== undefined, seconds: 120, signal: ended.signal });
  await wave.seen("freezing", 120, isBeingDone("freezing"));
  while ((await wave.fence()).length === 0) await sleep(5);
  ended.abort();
  await following.catch(() => undefined);
  const { freeze } = await wave.row();
  if (freeze === undefined) throw new Error("the freeze was over before anything could be killed");
  return freeze;
}

const acknowledged = (wave: LabWaveRun): number =>
  wave.readJournalLines().reduce((sum, line) => sum + (line.what === "acknowledged" ? flatIds(line.ids).length : 0), 0);

async function expectThawedOnTheSource(wave: LabWaveRun): Promise<void> {
  expect(await wave.row()).toMatchObject({ phase: "cutover-ready", hold: { by: "sluice" } });
  expect(await wave.fence()).toEqual([]);
  expect(await wave.position(wave.declared.producer)).toBe("source");
  const before = acknowledged(wave);
  await expect.poll(() => acknowledged(wave), { timeout: 10_000 }).toBeGreaterThan(before + 20);
}

const entry = async (wave: LabWaveRun, event: string): Promise<JournalEntry> => {
  const found = (await wave.journal()).findLast((one) => one.event === event);
  if (found === undefined) throw new Error(`${event} is not in the journal`);
  return found;
};

const isThawed = async (wave: LabWaveRun): Promise<boolean> => {
  const { phase, hold } = await wave.row();
  return phase === "cutover-ready" && hold !== undefined;
};

test("handler host, edge and moto killed for good in a freeze: the guard thaws by itself within 30 s of the deadline", async () => {
  const wave = lab.wave("guarded");
  const { deadlineAt } = await untilFenced(wave);
  await lab.control().killForGood(["host", "edge", "moto"]);
  expect(await wave.fence()).not.toEqual([]);
  expect((await wave.row()).freeze).toBeDefined();
  await expect.poll(() => isThawed(wave), { timeout: 80_000, interval: 100 }).toBe(true);
  expect((await entry(wave, "WaveThawed")).at).toBeLessThan(deadlineAt + PROMISE);
  expect((await entry(wave, "ThawClaimed")).details["reason"]).toMatch(/no hand has lifted it/);
  await expectThawedOnTheSource(wave);
  await lab.restartControlPlane();
});

test("everything killed in a freeze, the guard too: the first act of the next start is to thaw", async () => {
  const wave = lab.wave("left");
  await untilFenced(wave);
  await lab.restartControlPlane();
  const servesFrom = Date.now();
  await expectThawedOnTheSource(wave);
  expect((await entry(wave, "ThawClaimed")).details["reason"]).toMatch(/everything was killed in freezing/);
  expect((await entry(wave, "WaveThawed")).at).toBeLessThan(servesFrom);
});

test("no guard, no tick, no handler and no state machine that knows of the freeze: its one-shot schedule alone thaws", async () => {
  const wave = lab.wave("scheduled");
  const ref = { migration: MIGRATION, wave: "scheduled" };
  const { run } = await wave.row();
  await wave.seen("old enough to be taken up", 30, ({ updatedAt }) => Date.now() - updatedAt > 6_000);
  // It comes as late as it was set early.
  await lab.restartControlPlane({ tickSeconds: 3600, schedulesLateSeconds: 7 });
  // The only tick has begun a run, which waits at its gate and never looks at the wave again.
  await wave.seen("taken up by the first tick", 60, (row) => row.run > run && row.gate !== undefined);
  await lab.control().killForGood(["guard"]);
  // The tick judges gates yet, and writes the row for that.
  await wave.seen("left alone", 30, ({ updatedAt }) => Date.now() - updatedAt > 4_000);
  await sleep(4_000);

  // A freeze as its handler would have left it, made by hand, so that nobody but the schedule knows of it.
  const deadlineAt = Date.now() + 12_000;
  const { endpoints } = lab.control();
  const client = new SchedulerClient({
    region: DEFAULT_REGION,
    credentials: LOCAL_CREDENTIALS,
    endpoint: endpoints.moto,
  });
  const deadlines = schedulerDeadlines({
    client,
    group: SCHEDULE_GROUP,
    functionArn: functionArn(DEFAULT_REGION, "timer-thaw-at-deadline"),
    roleArn: roleArn("sluice-scheduler"),
    now: Date.now,
  });
  await deadlines.schedule({ ref, freezeId: "by-hand" }, deadlineAt);
  const { gate: _gate, ...row } = await wave.row();
  const claim = { step: "freeze" as const, id: "gone", run: row.run, leaseUntil: deadlineAt };
  const freeze = { id: "by-hand", startedAt: Date.now(), deadlineAt };
  const events = [{ event: "StepClaimed", by: "sluice", details: { step: "freeze", deadlineAt } }] as const;
  const written = await lab.store.write(row, { ...row, phase: "freezing", claim, freeze }, events, Date.now());
  expect(written.written).toBe(true);
  await wave.turn(wave.declared.producer, "paused");
  const source = connectCluster("source", {
    bootstrapServers: [lab.bootstrapServers.source],
    tls: false,
    clientId: "test",
    sasl: {
      mechanism: "SCRAM-SHA-256",
      username: SUPER_USER,
      password: passwordOf(lab.passwords, SUPER_USER),
    },
    secret: "test",
  });
  const fence = await readFact(lab.store.items, ref, "fence");
  await source.rights.add(fence?.freeze ?? []);
  await source.close();
  expect(await wave.fence()).not.toEqual([]);

  await expect.poll(() => isThawed(wave), { timeout: 60_000, interval: 100 }).toBe(true);
  const thawed = await entry(wave, "ThawClaimed");
  expect(thawed.details["reason"]).toMatch(/its schedule came/);
  expect(thawed.at).toBeGreaterThanOrEqual(deadlineAt);
  expect((await entry(wave, "WaveThawed")).at).toBeLessThan(deadlineAt + PROMISE);
  await expectThawedOnTheSource(wave);
  const left = async () => (await client.send(new ListSchedulesCommand({}))).Schedules?.length;
  await expect.poll(left, { timeout: 10_000 }).toBe(0);
  client.destroy();
});
