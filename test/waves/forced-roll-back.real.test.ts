import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectorName } from "#core/wave/connector-name.ts";
import type { Eligibility } from "#core/wave/eligibility.ts";
import { flatIds } from "#local/demo/checker/journal-lines.ts";
import { processedBy } from "#local/demo/demo-estate.ts";
import { workerUrl } from "#local/demo/worker-url.ts";
import { CLUSTER, DEFAULT_REGION } from "#local/home/local-account.ts";
import { MIGRATION } from "./lab-declaration.ts";
import { type LabWaveRun, startWaveLab, type WaveLab } from "./wave-lab.ts";

const small = { partitions: 1, producers: 1, liveGroups: 1, recordsPerSecond: 50 } as const;
const TICK_SECONDS = 0.5;

describe("going back on real clusters, where not all is well", () => {
  let lab: WaveLab;
  let late: LabWaveRun;
  let lost: LabWaveRun;
  /** Nobody works on it: it is begun when the target is gone. */
  let cutOff: LabWaveRun;

  beforeAll(async () => {
    lab = await startWaveLab({
      waves: [
        { name: "late", ...small },
        { name: "lost", ...small },
        { name: "cut-off", ...small },
      ],
      tickSeconds: TICK_SECONDS,
    });
    [late, lost, cutOff] = [lab.wave("late"), lab.wave("lost"), lab.wave("cut-off")];
    await Promise.all([late, lost].map((wave) => wave.startApplications()));
    await lab.post(lab.file({ rollBackDeadlineSeconds: 8, wayBackSampleSeconds: 0.5, observationWindowSeconds: 600 }));
    await Promise.all([late, lost].map((wave) => wave.command("start")));
    await Promise.all(
      [late, lost].map((wave) => wave.follow({ until: ({ phase }) => phase === "producers-moved", seconds: 120 })),
    );
  });
  afterAll(() => lab?.stop());

  it("a late writer is named within two ticks and holds the wave, and a roll-back keeps its record", async () => {
    await seen(late, "clean", ({ kind }) => kind === "clean");
    const producer = lab.asAdmin.source.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const [written] = await producer.send({
      topic: late.declared.topic,
      messages: [{ partition: 0, value: "the monthly job" }],
    });
    const begun = Date.now();
    await producer.disconnect();
    const held = await late.seen("held", 15, ({ hold }) => hold !== undefined);
    const ticks = (await lab.store.journal({ migration: MIGRATION, wave: "late" })).findLast(
      ({ event }) => event === "WaveHeld",
    );
    expect(held.hold?.reason).toContain(`1 record on ${late.declared.topic}/0 at offset ${written?.baseOffset}`);
    // Two ticks, and what a tick itself takes on a busy machine.
    expect((ticks?.at ?? Number.POSITIVE_INFINITY) - begun).toBeLessThan(2 * (TICK_SECONDS * 1000 + 2_000));
    expect(await late.wayBack()).toMatchObject({ kind: "clean" });
    expect((await late.command("roll-back")).status).toBe(200);
    await late.seen("rolled back", 60, ({ phase }) => phase === "rolled-back");
    const records = await late.recordsOnSource();
    // Nobody but the checker wonders at it: no producer's journal has it.
    expect(records.onWhole).toEqual({ lost: 0, repeated: 0, reordered: 0, foreign: 1 });
    for (const group of records.groups) expect(group).toMatchObject({ lost: 0, repeated: 0, reordered: 0 });
    expect(records.findings.filter((one) => !/foreign$/.test(one))).toEqual([]);
  });

  it("a target that dies with records that only it has: a roll-back holds, and a forced one costs what it was told to", async () => {
    await seen(lost, "clean", ({ kind }) => kind === "clean");
    await lost.pauseProducers();
    await stopReverse(lab);
    await lost.turn(lost.declared.producer, "target");
    const before = written(lost);
    await until(20, () => written(lost) >= before + 40);
    await lost.pauseProducers();
    const only = written(lost) - before;
    const known = await seen(
      lost,
      "lossy",
      ({ kind, reasons }) =>
        kind === "lossy" && reasons.some((reason) => reason.startsWith(`${only} records are on the target only`)),
    );
    expect(known.forced).toBeUndefined();
    const [live = ""] = lost.declared.liveGroups;
    await until(20, () => processedBy(lost.readJournalLines(), live) >= written(lost));
    // Its last commit, and a sample of it.
    await sleep(2_500);
    lab.estate.target.kill("SIGKILL");
    expect((await cutOff.command("start")).status).toBe(200);
    const { forced } = await seen(lost, "without its target", (now) => now.forced !== undefined);
    expect(forced?.loses).toBe(only);

    expect((await lost.command("roll-back", { reason: "the target is gone" })).status).toBe(200);
    const held = await lost.seen("withdrawing, held", 60, ({ phase, hold }) => phase === "withdrawing" && !!hold);
    expect(held.hold?.cure).toContain("forced");
    const wrong = await lost.command("roll-back", { forced: { ...forced, loses: only + 1 } });
    expect(wrong.status).toBe(409);
    expect(JSON.stringify(wrong.body)).toContain(JSON.stringify(forced).replaceAll('"', '\\"'));
    expect((await lost.command("roll-back", { reason: "go", forced })).status).toBe(200);
    await lost.seen("rolled back", 90, ({ phase }) => phase === "rolled-back");
    await sleep(1_000);
    for (const client of [lost.declared.producer, ...lost.declared.liveGroups])
      expect(await lost.position(client)).toBe("source");
    expect(await lost.fence()).toEqual([]);
    const records = await lost.recordsOnSource();
    expect(records.onWhole).toEqual({ lost: only, repeated: 0, reordered: 0, foreign: 0 });
    for (const group of records.groups) {
      expect(group).toMatchObject({ reordered: 0, foreign: 0, repeated: forced?.repeats[group.id] });
      // The live group had read on the target what is lost; the idle one had read nothing there.
      expect(group.lost).toBe(group.id === lost.declared.idleGroup ? only : 0);
    }
  });

  it("a wave that is begun meanwhile is held, told which broker does not answer, and goes on when it is back and somebody resumes it", async () => {
    const { phase, hold } = await cutOff.seen("held", 60, (row) => row.hold !== undefined);
    expect(phase).toBe("preparing");
    const [, port = ""] = lab.bootstrapServers.target.split(":");
    expect(hold).toMatchObject({
      kind: "step-failed",
      reason: expect.stringMatching(new RegExp(`target cluster.*127\\.0\\.0\\.1:${port}`)),
      cure: "when its cause is gone, POST …/resume",
    });
    await lab.restartBroker("target");
    expect((await cutOff.command("resume")).status).toBe(200);
    await cutOff.follow({ until: (row) => row.phase === "replicating", seconds: 120 });
  });

  it("a topic that is created anew under it is told with its cure, and the next attempt carries it", async () => {
    const { topic, partitions } = cutOff.declared;
    await expect.poll(() => delayOf(cutOff), { timeout: 60_000, interval: 200 }).toMatch(/^pass/);
    const admin = lab.asAdmin.source.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    // Its deletion is over some moments after it was asked for.
    await expect
      .poll(
        () =>
          admin
            .createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] })
            .catch(() => false),
        { timeout: 20_000, interval: 100 },
      )
      .toBe(true);
    await admin.disconnect();
    await expect
      .poll(() => delayOf(cutOff), { timeout: 40_000, interval: 200 })
      .toMatch(/^fail: .*deleted and created again upstream .*POST …\/abort.*…\/retry/);
    expect((await cutOff.command("abort", { reason: "its topic is another" })).status).toBe(200);
    await cutOff.seen("aborted", 60, (row) => row.phase === "aborted");
    expect((await cutOff.command("retry")).status).toBe(200);
    await cutOff.follow({ until: (row) => row.phase === "replicating", seconds: 120 });
    await expect.poll(() => delayOf(cutOff), { timeout: 40_000, interval: 200 }).toMatch(/^pass/);
  });

  it("is retried on fresh topics when the target is back", async () => {
    expect((await lost.command("retry")).status).toBe(200);
    await lost.follow({ until: ({ phase }) => phase === "replicating", seconds: 120 });
    expect((await lost.journal()).map(({ event }) => event)).toContain("TargetTopicsRenewed");
  });

  async function seen(wave: LabWaveRun, what: string, isWanted: (now: Eligibility) => boolean): Promise<Eligibility> {
    let last: Eligibility | undefined;
    for (const end = Date.now() + 40_000; Date.now() < end; await sleep(200)) {
      last = await wave.wayBack();
      if (isWanted(last)) return last;
    }
    throw new Error(`the way back of wave ${wave.declared.name} is not ${what}: ${JSON.stringify(last)}`);
  }
});

/** What gate replication says of the mirror. */
async function delayOf(wave: LabWaveRun): Promise<string> {
  const gate = (await wave.api.gates()).find((one) => one.gate === "replication");
  const delay = gate?.checks.find(({ check }) => check === "delay");
  return `${delay?.verdict}: ${delay?.reason}`;
}

const written = (wave: LabWaveRun): number =>
  wave
    .readJournalLines()
    .reduce((sum, line) => (line.what === "acknowledged" ? sum + flatIds(line.ids).length : sum), 0);

async function until(seconds: number, isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !isSo(); await sleep(50))
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain`);
}

/** Behind the product's back: the mirror carries nothing from now on. */
async function stopReverse(lab: WaveLab): Promise<void> {
  const edge = lab.control().endpoints.edge;
  const url = await workerUrl({
    edge,
    region: DEFAULT_REGION,
    cluster: CLUSTER,
    migration: MIGRATION,
    direction: "reverse",
  });
  const name = connectorName({ migration: MIGRATION, wave: "lost" }, 1, "reverse");
  // What was written before is to be carried.
  await sleep(1_500);
  const answer = await fetch(`${url}/connectors/${name}/stop`, { method: "PUT" });
  if (!answer.ok) throw new Error(`the connector is not stopped: ${answer.status}`);
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(100)) {
    const status: unknown = await (await fetch(`${url}/connectors/${name}/status`)).json();
    if (JSON.stringify(status).includes('"tasks":[]')) return;
  }
  throw new Error("the connector does not stop");
}
