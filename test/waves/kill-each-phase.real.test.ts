import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freezeShare } from "#local/demo/freeze-share.ts";
import { command, orderCrash, outcomeOf } from "./crash-points/orders.ts";
import { knownPlaces } from "./crash-points/places.ts";
import { sampled, sampledInEach, testSeed } from "./crash-points/sample.ts";
import { functionInvoker } from "./invoke-function.ts";
import { DOING_PHASES, killInEachPhase } from "./kill-each-phase.ts";
import { MIGRATION } from "./lab-declaration.ts";
import { type LabWaveRun, startWaveLab, type WaveLab } from "./wave-lab.ts";

/** Those with a processor have a client that reads a topic and writes another, and dead letters, in kafkajs transactions. */
let lab: WaveLab;
beforeAll(async () => {
  lab = await startWaveLab({
    waves: [
      { name: "whole", liveGroups: 2, partitions: 3 },
      { name: "onward", hasProcessor: true },
      { name: "once", hasProcessor: true },
      { name: "minutely", hasProcessor: true },
    ],
    hasCrashPoints: true,
  });
  await lab.post(lab.file());
});
afterAll(() => lab?.stop());

const seed = testSeed();
/** Beside those in each phase: from ticks, gates, commands, the stream. */
const MORE = 3;

test(`a wave whose handler host dies at a crash point of each doing-phase and ${MORE} others, of seed ${seed} (SLUICE_CRASH_SEED), ends sealed, each record processed exactly once`, async () => {
  const wave = lab.wave("onward");
  const known = knownPlaces().filter(({ story }) => story === "onward");
  const inEach = sampledInEach(known, DOING_PHASES, seed);
  const orders = inEach.map((place) => orderCrash(lab, "onward", place));
  const others = known.filter((place) => !DOING_PHASES.some((phase) => phase === place.phase));
  for (const place of sampled(others, MORE, seed)) orderCrash(lab, "onward", place);
  await wave.startApplications();
  await command(wave, "start");
  await wave.follow({ until: ({ phase }) => phase === "sealed", seconds: 240, resumes: () => true });
  const crashes = lab.crashes.crashes.all();
  const journal = await wave.journal();
  for (const [index, crash] of crashes.entries()) {
    const { became, seconds } = outcomeOf(crash, crashes[index + 1], journal);
    process.stdout.write(`${crash.phase} ${crash.by} ${crash.point}: ${became}, next entry after ${seconds} s\n`);
  }
  const died = crashes.map(({ id }) => id);
  expect(inEach.filter((_, index) => !died.includes(orders[index] ?? ""))).toEqual([]);
  expect(await wave.findings()).toEqual([]);
});

test("a wave whose whole control plane is killed midway in each doing-phase ends sealed, each record processed exactly once", async () => {
  const wave = lab.wave("whole");
  await wave.startApplications();
  await wave.command("start");
  await killInEachPhase(wave, () => lab.restartControlPlane(), { ordersThaw: true });
  expect(await wave.findings()).toEqual([]);
});

/** Records that the wave's processor wrote to one of its topics, by side. */
const writtenBy = (wave: LabWaveRun, topic: string, side: "source" | "target"): number =>
  wave.readJournalLines().filter((line) => line.what === "acknowledged" && line.topic === topic && line.on === side)
    .length;

test("a client that reads and writes stays while consumers move, and is moved with the producer: each record processed once, each of its own written once", async () => {
  const wave = lab.wave("once");
  await wave.startApplications({ deaf: ["once-processor"] });
  await wave.command("start");
  // A freeze whose brake it does not follow ends by itself.
  const thawed = await wave.follow({
    until: ({ phase, hold }) => phase === "cutover-ready" && hold !== undefined,
    seconds: 90,
  });
  expect(thawed.hold?.reason).toContain("group once-processor has not stopped");
  expect(await wave.fence()).toEqual([]);
  expect(await wave.position("once-live-1")).toBe("target");
  expect(await wave.position("once-processor")).toBe("source");
  await wave.mend("once-processor");
  await wave.follow({ until: (row) => row.phase === "sealed", seconds: 90, resumes: () => true });
  expect(await wave.findings()).toEqual([]);
  const [, done = "", dead = ""] = wave.declared.topics;
  for (const topic of [done, dead])
    for (const side of ["source", "target"] as const) expect(writtenBy(wave, topic, side)).toBeGreaterThan(0);
});

/** The control plane's share of the wave's last freeze, in ms. */
const shareOf = async (wave: LabWaveRun): Promise<number> => {
  const share = freezeShare(await wave.journal());
  if (share === undefined) throw new Error(`wave ${wave.declared.name} had no freeze`);
  return share.milliseconds;
};

/** What waited for such a tick or schedule would take half a minute; whatever else the machine does takes seconds. */
const FREEZE_LIMIT_MILLISECONDS = 5_000;
/** Whoever waits at a gate that is measured gets a tick as often; the freeze none. */
const TICK_AT_GATES_MILLISECONDS = 800;

test("a tick each minute, and one-shot schedules a minute late, freeze no longer than a tick each second", async () => {
  const wave = lab.wave("minutely");
  await wave.startApplications();
  await lab.restartControlPlane({ tickSeconds: 60, schedulesLateSeconds: 60 });
  const functions = functionInvoker(lab.control().endpoints.edge);
  const ticked: string[] = [];
  const sealed = new AbortController();
  // What a minute's ticks would measure in minutes; none while anything is being done.
  const tickAtGates = async (): Promise<void> => {
    while (!sealed.signal.aborted) {
      const { phase, gate } = await wave.row();
      if (gate !== undefined && phase !== "cutover-ready") {
        await functions.invoke("timer-tick-wave", { migration: MIGRATION, wave: "minutely" });
        ticked.push(phase);
      }
      await sleep(TICK_AT_GATES_MILLISECONDS);
    }
  };
  const ticking = tickAtGates();
  try {
    await command(wave, "start");
    await wave.follow({ until: ({ phase }) => phase === "sealed", seconds: 120 });
  } finally {
    sealed.abort();
    await ticking;
    functions.close();
  }
  // The gate before the start asks no cluster: it may have passed before anybody looked.
  const measured = [...new Set(ticked)].filter((phase) => phase !== "planned");
  expect(measured).toEqual(["replicating", "consumers-moved", "producers-moved"]);
  const [minutely, secondly] = [await shareOf(wave), await shareOf(lab.wave("once"))];
  process.stdout.write(
    `freeze ${minutely} ms with a tick each minute, ${secondly} ms with one each second: ${(minutely / secondly).toFixed(2)} times\n`,
  );
  expect(minutely).toBeLessThan(Math.max(FREEZE_LIMIT_MILLISECONDS, 3 * secondly));
  expect(await wave.findings()).toEqual([]);
});
