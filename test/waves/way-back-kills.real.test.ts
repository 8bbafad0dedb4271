import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JournalEntry } from "#core/journal/entry.ts";
import { workersAttachedTo } from "#local/demo/checker/left-behind.ts";
import { until } from "#local/demo/demo-estate.ts";
import type { Answer } from "#local/home/api-client.ts";
import { gateReady } from "./gate-ready.ts";
import { killHandlerHost, killIn } from "./kill-each-phase.ts";
import { MIGRATION } from "./lab-declaration.ts";
import { type Leash, leash } from "./leash.ts";
import { seenAtWork, standStills } from "./stand-still.ts";
import { isBeingDone, type LabWaveRun, startWaveLab, type WaveLab } from "./wave-lab.ts";

/** Of a roll-back; nobody stands still longer than this and half a minute. */
const DEADLINE_SECONDS = 40;
const LONGEST_STAND_STILL_SECONDS = DEADLINE_SECONDS + 30;
/** Of one case, on a machine that does much else, in ms. */
const BOUND = 300_000;
const REASON = "the ledger is wrong";

/** Clients that are led, and at a time no more. */
const DEAF = { withdrawn: "withdrawn-live-1", started: "started-writer-2" } as const;

let lab: WaveLab;
const names = ["killed", "withdrawn", "given-up", "half", "freezing", "started", "sealing", "both"] as const;
type Name = (typeof names)[number];
let waves: Record<Name, LabWaveRun>;
/** Waves that only have to get where the kills meet them; begun beside the others. */
let ahead: Promise<unknown>;
let deafened: Leash;

beforeAll(async () => {
  const small = { partitions: 1, recordsPerSecond: 30 };
  lab = await startWaveLab({
    waves: names.map((name) => ({
      name,
      ...small,
      ...(name === "half" && { liveGroups: 2 }),
      ...(name === "started" && { producers: 2 }),
      ...(name === "both" && { hasProcessor: true }),
    })),
  });
  waves = Object.fromEntries(names.map((name) => [name, lab.wave(name)])) as typeof waves;
  await Promise.all(
    names.map((name) =>
      waves[name].startApplications({ deaf: name === "withdrawn" || name === "started" ? [DEAF[name]] : [] }),
    ),
  );
  await lab.post(lab.file({ rollBackDeadlineSeconds: DEADLINE_SECONDS, groupStopSeconds: 10 }));
  deafened = leash(lab, waves.withdrawn, DEAF.withdrawn);
  ahead = Promise.all([waves.killed, waves.withdrawn].map(toProducersMoved));
  ahead.catch(() => undefined);
}, 180_000);
afterAll(() => lab?.stop());

const bodyOf = (answer: Answer): string => JSON.stringify(answer.body);
const eventsOf = async (wave: LabWaveRun, event: string): Promise<readonly JournalEntry[]> =>
  (await wave.journal()).filter((entry) => entry.event === event);
const lastOf = async (wave: LabWaveRun, event: string): Promise<JournalEntry | undefined> =>
  (await eventsOf(wave, event)).at(-1);

const toProducersMoved = async (wave: LabWaveRun): Promise<void> => {
  await wave.command("start");
  await wave.follow({ until: ({ phase }) => phase === "producers-moved", seconds: 180 });
};

/** Gates are closed beside it until the row is as wanted, looked at every few milliseconds. */
const caught = async (wave: LabWaveRun, what: string, isWanted: Parameters<LabWaveRun["seen"]>[2]): Promise<void> => {
  const ended = new AbortController();
  const following = wave.follow({ until: () => false, seconds: 180, signal: ended.signal });
  try {
    await Promise.race([wave.seen(what, 180, isWanted), following]);
  } finally {
    ended.abort();
    await following.catch(() => undefined);
  }
};

const order = async (wave: LabWaveRun): Promise<number> => {
  const at = Date.now();
  expect(await wave.command("roll-back", { reason: REASON })).toMatchObject({ status: 200 });
  return at;
};

/** Rolled back: nothing is barred, everybody is told to be on the source and works there, and nobody stood still too long. */
const expectBack = async (wave: LabWaveRun, since: number): Promise<void> => {
  await wave.seen("rolled back", 90, ({ phase }) => phase === "rolled-back");
  for (const side of ["source", "target"] as const) expect(await wave.fence(side)).toEqual([]);
  const { producers, liveGroups } = wave.declared;
  for (const client of [...producers, ...liveGroups]) expect(await wave.position(client)).toBe("source");
  await seenAtWork(wave, "source");
  expectNobodyStoodStill(wave, since);
};

const expectNobodyStoodStill = (wave: LabWaveRun, since: number): void => {
  for (const [client, seconds] of Object.entries(standStills(wave, since)))
    expect(seconds, `${client} stood still`).toBeLessThan(LONGEST_STAND_STILL_SECONDS);
};

/** The last roll-back began in that phase. */
const expectOrderedIn = async (wave: LabWaveRun, from: string): Promise<void> =>
  expect((await lastOf(wave, "RollBackOrdered"))?.details).toMatchObject({ from, cause: "person", reason: REASON });

const approve = (wave: LabWaveRun, person: string, gate: string, evidence: string): Promise<Answer> =>
  lab.call(person, "POST", `/migrations/${MIGRATION}/waves/${wave.declared.name}/approve`, { gate, evidence });
const seal = (wave: LabWaveRun, person: string, evidence: string): Promise<Answer> =>
  lab.call(person, "POST", `/migrations/${MIGRATION}/waves/${wave.declared.name}/seal`, { evidence });

describe.concurrent("a roll-back ordered in the midst of a step", { timeout: BOUND }, () => {
  it("while move-consumers is half through its groups: those that moved come back, and the others go on", async () => {
    const wave = waves.half;
    await wave.command("start");
    await wave.follow({ until: ({ phase }) => phase === "moving-consumers", seconds: 180 });
    while ((await eventsOf(wave, "GroupMoved")).length === 0) await sleep(10);
    const at = await order(wave);
    await expectBack(wave, at);
    await expectOrderedIn(wave, "moving-consumers");
    const moved = (await eventsOf(wave, "GroupMoved")).map(({ details }) => details["group"]);
    expect(moved).toEqual(["half-live-1"]);
    expect(await eventsOf(wave, "ThawClaimed")).toEqual([]);
  });

  it("while the freeze is proving itself: it thaws, and goes back from there", async () => {
    const wave = waves.freezing;
    await wave.command("start");
    await caught(wave, "freezing", isBeingDone("freezing"));
    const at = await order(wave);
    await expectBack(wave, at);
    await expectOrderedIn(wave, "freezing");
    expect((await lastOf(wave, "ThawClaimed"))?.details).toMatchObject({ from: "freezing" });
    const events = (await wave.journal()).map(({ event }) => event);
    expect(events).toContain("WaveThawed");
    expect(events).not.toContain("ProducersMoved");
  });

  it("while move-producers has started one of two producers: both are on the source, with all that the one wrote", async () => {
    const wave = waves.started;
    const [first = ""] = wave.declared.producers;
    const late = DEAF.started;
    const led = leash(lab, wave, late, ["source", "paused"]);
    await wave.command("start");
    await caught(wave, "moving-producers", ({ phase }) => phase === "moving-producers");
    while ((await wave.position(first)) !== "target") await sleep(5);
    // Its status is what the step waits for last.
    const workers = workersAttachedTo([lab.bootstrapServers.source]);
    expect(workers).not.toEqual([]);
    for (const { pid } of workers) process.kill(pid, "SIGSTOP");
    let at: number;
    try {
      const wroteOnTarget = () =>
        wave.readJournalLines().some((line) => line.what === "acknowledged" && line.on === "target");
      await until(20, `${first} to write on the target`, wroteOnTarget);
      expect((await wave.row()).phase).toBe("moving-producers");
      at = await order(wave);
    } finally {
      for (const { pid } of workers) process.kill(pid, "SIGCONT");
    }
    await expectBack(wave, at);
    await expectOrderedIn(wave, "moving-producers");
    expect(wave.readJournalLines().filter(({ client, on }) => client === late && on === "target")).toEqual([]);
    await led.cut();
    await wave.mend(late);
  });

  it("one second before its seal, of a wave with a client that reads and writes: who seals then is told by whom it goes back", async () => {
    const wave = waves.both;
    await toProducersMoved(wave);
    await seenAtWork(wave, "target");
    const { evidenceHash } = await gateReady(wave, "seal");
    expect(await seal(wave, "carl", evidenceHash)).toMatchObject({ status: 200 });
    const at = await order(wave);
    const late = await seal(wave, "sara", evidenceHash);
    expect(late.status).toBe(409);
    expect(bodyOf(late)).toMatch(
      /gate seal is not open; wave both is \S+: a roll-back was ordered by olga: the ledger is wrong/,
    );
    await expectBack(wave, at);
    expect(await wave.position("both-processor")).toBe("source");
    expect(await eventsOf(wave, "WaveSealed")).toEqual([]);
  });

  it("at the very instant of the approval that seals it: one of the two wins, and the other is told", async () => {
    const wave = waves.sealing;
    await toProducersMoved(wave);
    const { evidenceHash } = await gateReady(wave, "seal");
    expect(await seal(wave, "carl", evidenceHash)).toMatchObject({ status: 200 });
    const at = Date.now();
    const [back, sealed] = await Promise.all([
      wave.command("roll-back", { reason: REASON }),
      seal(wave, "sara", evidenceHash),
    ]);
    if (back.status === 200) {
      if (sealed.status !== 200) expect(bodyOf(sealed)).toMatch(/a roll-back was ordered by olga: the ledger is wrong/);
      await expectBack(wave, at);
      expect(await eventsOf(wave, "WaveSealed")).toEqual([]);
    } else {
      expect(back.status).toBe(409);
      expect(bodyOf(back)).toMatch(/approved by carl and sara: it is past the point of no return/);
      await wave.seen("sealed", 60, ({ phase }) => phase === "sealed");
      expect(await eventsOf(wave, "RollBackOrdered")).toEqual([]);
    }
  });
});

const toSealed = async (wave: LabWaveRun): Promise<void> => {
  const { phase } = await wave.row();
  if (phase === "rolled-back" || phase === "aborted") expect((await wave.command("retry")).status).toBe(200);
  await wave.follow({ until: (row) => row.phase === "sealed", seconds: 180 });
};

describe.concurrent("two commands at the same instant", { timeout: BOUND }, () => {
  it("roll-back and the approval of the go: it goes back, and whoever approves is told by whom", async () => {
    const wave = waves.freezing;
    expect((await wave.command("retry")).status).toBe(200);
    await wave.follow({ until: ({ phase }) => phase === "cutover-ready", seconds: 180 });
    const { evidenceHash } = await gateReady(wave, "go");
    const at = Date.now();
    const [back, go] = await Promise.all([
      wave.command("roll-back", { reason: REASON }),
      approve(wave, "carl", "go", evidenceHash),
    ]);
    expect(back.status).toBe(200);
    const late = await approve(wave, "dana", "go", evidenceHash);
    if (go.status === 200) expect(bodyOf(late)).toMatch(/ordered by olga: the ledger is wrong|go was approved by carl/);
    else
      for (const loser of [go, late]) {
        expect(loser.status).toBe(409);
        expect(bodyOf(loser)).toMatch(/gate go is not open; .* a roll-back was ordered by olga: the ledger is wrong/);
      }
    await expectBack(wave, at);
    expect(await eventsOf(wave, "ProducersMoved")).toEqual([]);
  });

  it("abort and start end in an abort, and two retries are one attempt; each loser is told by whom", async () => {
    const wave = waves["given-up"];
    const [abort, start] = await Promise.all([wave.command("abort", { reason: "not today" }), wave.command("start")]);
    expect(abort.status).toBe(200);
    if (start.status !== 200) expect(bodyOf(start)).toMatch(/wave given-up is abort(ing|ed), by olga/);
    await wave.seen("aborted", 60, ({ phase }) => phase === "aborted");
    expect(await wave.command("start")).toMatchObject({
      status: 409,
      body: { detail: "wave given-up is aborted, by olga" },
    });
    const retries = await Promise.all([wave.command("retry"), wave.command("retry")]);
    expect(retries.map(({ status }) => status)).toEqual([200, 200]);
    expect(
      retries.filter((answer) => bodyOf(answer).includes("attempt 2 of wave given-up was started by olga")),
    ).toHaveLength(1);
    await wave.seen("replicating", 180, ({ phase }) => phase === "replicating");
    expect((await wave.row()).attempt).toBe(2);
  });

  it.each(["half", "started", "sealing", "both"] as const)(
    "beside them wave %s is retried and sealed",
    async (name) => {
      await toSealed(waves[name]);
      expect((await waves[name].row()).hold).toBeUndefined();
    },
  );
});

describe("the handler host killed on the way back", { timeout: BOUND }, () => {
  const kill = () => killHandlerHost(lab);

  it("while it is rolling back, and once more while clients return: it is rolled back", async () => {
    await ahead;
    const wave = waves.killed;
    await seenAtWork(wave, "target");
    const at = await order(wave);
    await killIn(wave, "rolling-back", kill);
    await killIn(wave, "returning", kill);
    await expectBack(wave, at);
    expect(await eventsOf(wave, "WithdrawalClaimed")).toEqual([]);
  });

  it("while it withdraws from a roll-back whose group does not stop: everybody goes on on the target; mended, it is rolled back", async () => {
    const wave = waves.withdrawn;
    const client = DEAF.withdrawn;
    await seenAtWork(wave, "target");
    await deafened.cut();
    const at = await order(wave);
    await killIn(wave, "withdrawing", kill);
    const held = await wave.seen("withdrawn", 60, ({ phase }) => phase === "producers-moved");
    expect(held.hold).toMatchObject({
      by: "sluice",
      reason: expect.stringMatching(
        new RegExp(`group ${client} does not stop on the target: its members are still .*parameter .*${client}`),
      ),
      cure: expect.stringMatching(/POST …\/roll-back again/),
    });
    expect(await wave.fence("target")).toEqual([]);
    expect(await wave.fence()).not.toEqual([]);
    await seenAtWork(wave, "target");
    expectNobodyStoodStill(wave, at);

    await wave.mend(client);
    await seenAtWork(wave, "target");
    const again = await order(wave);
    await expectBack(wave, again);
    expect(await eventsOf(wave, "RollBackWithdrawn")).toHaveLength(1);
  });

  it("while it aborts: it is aborted, and its clients never noticed", async () => {
    const wave = waves["given-up"];
    const at = Date.now();
    expect((await wave.command("abort", { reason: "not today" })).status).toBe(200);
    await killIn(wave, "aborting", kill);
    await wave.seen("aborted", 60, ({ phase }) => phase === "aborted");
    await seenAtWork(wave, "source");
    for (const [client, seconds] of Object.entries(standStills(wave, at)))
      expect(seconds, `${client} stood still`).toBeLessThan(5);
  });
});

describe("every wave in the end", { timeout: BOUND }, () => {
  it("is sealed, and each record was written and processed once and in order, whichever way it went", async () => {
    await Promise.all(Object.values(waves).map(toSealed));
    const findings = await Promise.all(names.map(async (name) => [name, await waves[name].findings()]));
    expect(findings).toEqual(names.map((name) => [name, []]));
  });
});
