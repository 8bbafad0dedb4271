import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JournalEntry } from "#core/journal/entry.ts";
import { workersAttachedTo } from "#local/demo/checker/left-behind.ts";
import { until } from "#local/demo/demo-estate.ts";
import type { Answer } from "#local/home/api-client.ts";
import { crashed, orderCrash } from "./crash-points/orders.ts";
import { knownPlaces } from "./crash-points/places.ts";
import { type InPhase, sampledInEach, testSeed } from "./crash-points/sample.ts";
import { gateReady } from "./gate-ready.ts";
import { MIGRATION } from "./lab-declaration.ts";
import { type Leash, leash } from "./leash.ts";
import { seenAtWork, standStills } from "./stand-still.ts";
import { isBeingDone, type LabWaveRun, startWaveLab, type WaveLab } from "./wave-lab.ts";

/** Of a roll-back; nobody stands still longer than this and half a minute. */
const DEADLINE_SECONDS = 40;
const LONGEST_STAND_STILL_SECONDS = DEADLINE_SECONDS + 30;
const REASON = "the ledger is wrong";

const names = ["half", "freezing", "both", "stays", "aborted"] as const;
type Name = (typeof names)[number];
/** Clients that are led for a while, and then no more. */
const DEAF = { half: "half-writer-2", stays: "stays-live-1" } as const;

let lab: WaveLab;
let waves: Record<Name, LabWaveRun>;
let leashes: Record<keyof typeof DEAF, Leash>;
/** The wave that only has to get where the kills meet it; begun beside the others. */
let ahead: Promise<unknown>;

beforeAll(async () => {
  const small = { partitions: 1, recordsPerSecond: 30 };
  lab = await startWaveLab({
    waves: [
      { ...small, name: "half", liveGroups: 2, producers: 2 },
      { ...small, name: "freezing" },
      { ...small, name: "both", hasProcessor: true },
      { ...small, name: "stays" },
      { ...small, name: "aborted" },
    ],
    hasCrashPoints: true,
  });
  waves = Object.fromEntries(names.map((name) => [name, lab.wave(name)])) as typeof waves;
  const deafOf = (name: Name): readonly string[] => (name === "half" || name === "stays" ? [DEAF[name]] : []);
  await Promise.all(names.map((name) => waves[name].startApplications({ deaf: deafOf(name) })));
  leashes = {
    half: leash(lab, waves.half, DEAF.half, ["source", "paused"]),
    stays: leash(lab, waves.stays, DEAF.stays),
  };
  await lab.post(
    lab.file({
      rollBackDeadlineSeconds: DEADLINE_SECONDS,
      groupStopSeconds: 10,
      leaseSeconds: 8,
      freezeDeadlineSeconds: 45,
      moveProducersDeadlineSeconds: 45,
      // A freeze proves itself for so long that an order comes in time.
      quietMilliseconds: 1500,
    }),
  );
  ahead = toProducersMoved(waves.stays);
  ahead.catch(() => undefined);
});
afterAll(async () => {
  await Promise.all(Object.values(leashes ?? {}).map((one) => one.cut()));
  await lab?.stop();
});

const bodyOf = (answer: Answer): string => JSON.stringify(answer.body);
const eventsOf = async (wave: LabWaveRun, event: string): Promise<readonly JournalEntry[]> =>
  (await wave.journal()).filter((entry) => entry.event === event);
const lastOf = async (wave: LabWaveRun, event: string): Promise<JournalEntry | undefined> =>
  (await eventsOf(wave, event)).at(-1);

/** The next attempt, or the first. */
const begin = async (wave: LabWaveRun): Promise<void> => {
  const { phase } = await wave.row();
  const isOver = phase === "rolled-back" || phase === "aborted";
  expect(await wave.command(isOver ? "retry" : "start")).toMatchObject({ status: 200 });
};
const toProducersMoved = async (wave: LabWaveRun): Promise<void> => {
  await begin(wave);
  await wave.follow({ until: ({ phase }) => phase === "producers-moved", seconds: 240 });
};

/** Gates are closed beside it until the row is as wanted, looked at every few milliseconds. */
const caught = async (wave: LabWaveRun, what: string, isWanted: Parameters<LabWaveRun["seen"]>[2]): Promise<void> => {
  const ended = new AbortController();
  const following = wave.follow({ until: () => false, seconds: 240, signal: ended.signal });
  try {
    await Promise.race([wave.seen(what, 240, isWanted), following]);
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

/** Cases of one wave come one after the other, beside those of the others. */
const turns = new Map<Name, Promise<unknown>>();
const inTurn = (name: Name, act: (wave: LabWaveRun) => Promise<void>) => async (): Promise<void> => {
  const before = turns.get(name);
  const own = (async () => {
    await before;
    await act(waves[name]);
  })();
  turns.set(
    name,
    own.catch(() => undefined),
  );
  await own;
};

describe.concurrent("a roll-back ordered in the midst of a step", () => {
  it(
    "while move-consumers is half through its groups: the one that has moved comes back, the others go on",
    inTurn("half", async (wave) => {
      await begin(wave);
      await wave.follow({ until: ({ phase }) => phase === "moving-consumers", seconds: 240 });
      while ((await eventsOf(wave, "GroupMoved")).length === 0) await sleep(10);
      const at = await order(wave);
      await expectBack(wave, at);
      await expectOrderedIn(wave, "moving-consumers");
      const moved = (await eventsOf(wave, "GroupMoved")).map(({ details }) => details["group"]);
      expect(moved).toEqual(["half-live-1"]);
      expect(await eventsOf(wave, "ThawClaimed")).toEqual([]);
    }),
  );

  it(
    "while the freeze is proving itself: it thaws, and goes back from there",
    inTurn("freezing", async (wave) => {
      await begin(wave);
      await caught(wave, "freezing", isBeingDone("freezing"));
      await until(20, "its fence to be up", async () => (await wave.fence()).length > 0);
      const at = await order(wave);
      await expectBack(wave, at);
      await expectOrderedIn(wave, "freezing");
      expect((await lastOf(wave, "ThawClaimed"))?.details).toMatchObject({ from: "freezing" });
      const events = (await wave.journal()).map(({ event }) => event);
      expect(events).toContain("WaveThawed");
      expect(events).not.toContain("ProducersMoved");
    }),
  );

  it(
    "one second before its seal, of a wave with a client that reads and writes: who seals then is told by whom it goes back",
    inTurn("both", async (wave) => {
      await toProducersMoved(wave);
      await seenAtWork(wave, "target");
      const { evidenceHash } = await gateReady(wave, "seal");
      expect(await seal(wave, "carl", evidenceHash)).toMatchObject({ status: 200 });
      const at = await order(wave);
      const late = await seal(wave, "sara", evidenceHash);
      expect(late.status).toBe(409);
      expect(bodyOf(late)).toMatch(/gate seal is not open; .* a roll-back was ordered by olga: the ledger is wrong/);
      await expectBack(wave, at);
      await expectOrderedIn(wave, "producers-moved");
      expect(await wave.position("both-processor")).toBe("source");
      expect(await eventsOf(wave, "WaveSealed")).toEqual([]);
    }),
  );

  it(
    "while move-producers has started one of two producers: both are on the source, with all that the one wrote",
    inTurn("half", async (wave) => {
      const [first = ""] = wave.declared.producers;
      await begin(wave);
      await caught(wave, "moving-producers", ({ phase }) => phase === "moving-producers");
      while ((await wave.position(first)) !== "target") await sleep(5);
      // What the step waits for last is that the reverse mirror runs.
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
      const late = wave.readJournalLines().filter(({ client }) => client === DEAF.half);
      expect(late.filter(({ on }) => on === "target")).toEqual([]);
      await leashes.half.cut();
      await wave.mend(DEAF.half);
    }),
  );
});

describe.concurrent("two commands at the same instant", () => {
  it(
    "roll-back and the approval that seals: one of the two wins, and the other is told by whom",
    inTurn("both", async (wave) => {
      await toProducersMoved(wave);
      const { evidenceHash } = await gateReady(wave, "seal");
      expect(await seal(wave, "carl", evidenceHash)).toMatchObject({ status: 200 });
      const at = Date.now();
      const [back, sealed] = await Promise.all([
        wave.command("roll-back", { reason: REASON }),
        seal(wave, "sara", evidenceHash),
      ]);
      if (back.status === 200) {
        if (sealed.status !== 200) expect(bodyOf(sealed)).toMatch(/roll-back was ordered by olga: the ledger is wrong/);
        await expectBack(wave, at);
        expect(await eventsOf(wave, "WaveSealed")).toEqual([]);
      } else {
        expect(back.status).toBe(409);
        expect(bodyOf(back)).toMatch(/approved by carl and sara: it is past the point of no return/);
        await wave.seen("sealed", 60, ({ phase }) => phase === "sealed");
        expect(await eventsOf(wave, "RollBackOrdered")).toHaveLength(1);
      }
    }),
  );

  it(
    "roll-back and the approval of the go: it goes back, and whoever approves is told by whom",
    inTurn("freezing", async (wave) => {
      await begin(wave);
      await wave.follow({ until: ({ phase }) => phase === "cutover-ready", seconds: 240 });
      const { evidenceHash } = await gateReady(wave, "go");
      const at = Date.now();
      const [back, go] = await Promise.all([
        wave.command("roll-back", { reason: REASON }),
        approve(wave, "carl", "go", evidenceHash),
      ]);
      expect(back.status).toBe(200);
      const late = await approve(wave, "dana", "go", evidenceHash);
      const told = /gate go is not open; .* a roll-back was ordered by olga: the ledger is wrong/;
      if (go.status !== 200) expect(bodyOf(go)).toMatch(told);
      // Where the approval came first the freeze may have begun, and is over again.
      expect(bodyOf(late)).toMatch(go.status === 200 ? /ordered by olga|approved by carl/ : told);
      await expectBack(wave, at);
      expect(await eventsOf(wave, "ProducersMoved")).toEqual([]);
    }),
  );

  it(
    "abort and start end in an abort, and two retries are one attempt; each loser is told by whom",
    inTurn("aborted", async (wave) => {
      const [abort, start] = await Promise.all([wave.command("abort", { reason: "not today" }), wave.command("start")]);
      expect(abort.status).toBe(200);
      if (start.status !== 200) expect(bodyOf(start)).toMatch(/wave aborted is abort(ing|ed), by olga/);
      await wave.seen("aborted", 60, ({ phase }) => phase === "aborted");
      expect(await wave.command("start")).toMatchObject({
        status: 409,
        body: { detail: "wave aborted is aborted, by olga" },
      });
      const retries = await Promise.all([wave.command("retry"), wave.command("retry")]);
      expect(retries.map(({ status }) => status)).toEqual([200, 200]);
      const told = retries.filter((answer) => bodyOf(answer).includes("attempt 2 of wave aborted was started by olga"));
      expect(told).toHaveLength(1);
      await wave.seen("replicating", 240, ({ phase }) => phase === "replicating");
      expect((await wave.row()).attempt).toBe(2);
    }),
  );
});

const seed = testSeed();
const [WITHDRAWING, ROLLING_BACK, RETURNING] = sampledInEach(
  knownPlaces().filter(({ story }) => story === "back"),
  ["withdrawing", "rolling-back", "returning"],
  seed,
);
const [ABORTING] = sampledInEach(
  knownPlaces().filter(({ story }) => story === "aborted"),
  ["aborting"],
  seed,
);

/** What is ordered makes the handler host die there; it is up again when this resolves. */
const diesAt = async (wave: LabWaveRun, place: InPhase | undefined, act: () => Promise<unknown>): Promise<void> => {
  if (place === undefined) throw new Error("no place was chosen");
  const order = orderCrash(lab, wave.declared.name, place);
  await act();
  await crashed(lab, order, 90);
};

describe(`the handler host killed on the way back at crash points of seed ${seed} (SLUICE_CRASH_SEED)`, () => {
  it("while it withdraws from a roll-back whose group does not stop: everybody goes on on the target", async () => {
    await ahead;
    const wave = waves.stays;
    const client = DEAF.stays;
    await seenAtWork(wave, "target");
    await leashes.stays.cut();
    const at = Date.now();
    await diesAt(wave, WITHDRAWING, () => order(wave));
    const held = await wave.seen("withdrawn", 60, ({ phase }) => phase === "producers-moved");
    expect(held.hold).toMatchObject({
      by: "sluice",
      reason: expect.stringMatching(
        new RegExp(`group ${client} does not stop on the target: its members are still .*parameter .*${client}`),
      ),
      cure: expect.stringContaining("POST …/roll-back again"),
    });
    expect(await wave.fence("target")).toEqual([]);
    expect(await wave.fence()).not.toEqual([]);
    await seenAtWork(wave, "target");
    expectNobodyStoodStill(wave, at);
  });

  it("while it is rolling back at last, the group mended, and once more while clients return: it is rolled back", async () => {
    const wave = waves.stays;
    await wave.mend(DEAF.stays);
    await seenAtWork(wave, "target");
    const at = Date.now();
    await diesAt(wave, RETURNING, () => diesAt(wave, ROLLING_BACK, () => order(wave)));
    await expectBack(wave, at);
    expect(await eventsOf(wave, "RollBackWithdrawn")).toHaveLength(1);
  });

  it("while it aborts: it is aborted, and its clients never noticed", async () => {
    const wave = waves.aborted;
    const at = Date.now();
    await diesAt(wave, ABORTING, async () =>
      expect((await wave.command("abort", { reason: "not today", deleteTargetTopics: true })).status).toBe(200),
    );
    await wave.seen("aborted", 60, ({ phase }) => phase === "aborted");
    await seenAtWork(wave, "source");
    for (const [client, seconds] of Object.entries(standStills(wave, at)))
      expect(seconds, `${client} stood still`).toBeLessThan(10);
  });
});

describe("every wave in the end", () => {
  it("is retried and sealed: each record was written and processed once and in order, whichever way it went", async () => {
    await Promise.all(
      Object.values(waves).map(async (wave) => {
        if ((await wave.row()).phase === "sealed") return;
        await begin(wave);
        // Five at once are more than two cores carry at their pace: a freeze that ends by itself is tried again, as a person would.
        await wave.follow({ until: ({ phase }) => phase === "sealed", seconds: 240, resumes: () => true });
      }),
    );
    const findings = await Promise.all(names.map(async (name) => [name, await waves[name].findings()]));
    expect(findings).toEqual(names.map((name) => [name, []]));
  });
});
