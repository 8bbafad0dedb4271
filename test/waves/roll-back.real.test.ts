import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JournalEntry } from "#core/journal/entry.ts";
import { alarmOfOrders, anAlarmRollsBack } from "./alarm-rolls-back.ts";
import { type LabWaveRun, startWaveLab, type WaveLab } from "./wave-lab.ts";

/** The checker's own limit, on a machine that runs everything else too. */
const ROLLED_BACK_SECONDS = 60;

describe("three waves at once on the same workers, on real clusters", () => {
  let lab: WaveLab;
  let back: LabWaveRun;
  let sealed: LabWaveRun;
  let waiting: LabWaveRun;

  beforeAll(async () => {
    lab = await startWaveLab({
      waves: [
        { name: "back", partitions: 2, producers: 2, liveGroups: 2, recordsPerSecond: 60 },
        { name: "sealed", partitions: 1, recordsPerSecond: 40 },
        { name: "waiting", partitions: 1, recordsPerSecond: 40 },
        { name: "orders" },
      ],
    });
    [back, sealed, waiting] = [lab.wave("back"), lab.wave("sealed"), lab.wave("waiting")];
    await Promise.all([back, sealed, waiting].map((wave) => wave.startApplications()));
    await lab.post(lab.file({ alarms: [alarmOfOrders] }));
  });
  afterAll(() => lab?.stop());

  it("one is rolled back while traffic flows, one is sealed, one replicates on undisturbed", async () => {
    await Promise.all([back, sealed, waiting].map((wave) => wave.command("start")));
    const [, , replicating] = await Promise.all([
      back.follow({ until: ({ phase }) => phase === "producers-moved", seconds: 120 }),
      sealed.follow({ until: ({ phase }) => phase === "producers-moved", seconds: 120 }),
      waiting.seen("replicating", 120, ({ phase }) => phase === "replicating"),
    ]);
    const ordered = await back.command("roll-back", { reason: "the ledger is wrong" });
    expect(ordered.status).toBe(200);
    await Promise.all([
      back.seen("rolled back", ROLLED_BACK_SECONDS, ({ phase }) => phase === "rolled-back"),
      sealed.follow({ until: ({ phase }) => phase === "sealed", seconds: 60 }),
    ]);
    expect(await back.fence()).toEqual([]);
    for (const client of [...back.declared.producers, ...back.declared.liveGroups])
      expect(await back.position(client)).toBe("source");
    expect(await waiting.row()).toMatchObject({ phase: "replicating", run: replicating.run });
    expect(badVerdicts(await waiting.journal())).toEqual([]);
  });

  it("the one that went back is retried at the pin and sealed", async () => {
    const twice = await Promise.all([back.command("retry"), back.command("retry")]);
    expect(twice.map(({ status }) => status)).toEqual([200, 200]);
    expect(twice.filter(({ body }) => JSON.stringify(body).includes("attempt 2"))).not.toHaveLength(0);
    await back.follow({ until: ({ phase }) => phase === "sealed", seconds: 120 });
    expect(await back.row()).toMatchObject({ attempt: 2 });
    const events = (await back.journal()).map(({ event }) => event);
    expect(events).toContain("PinUsed");
    expect(events).not.toContain("TargetTopicsRenewed");
  });

  it("the one that waited is aborted, and leaves nothing", async () => {
    expect((await waiting.command("abort", { deleteTargetTopics: true })).status).toBe(200);
    await waiting.seen("aborted", 60, ({ phase }) => phase === "aborted");
    expect((await waiting.command("roll-back")).status).toBe(409);
    const topics = lab.asAdmin.target.admin();
    await topics.connect();
    try {
      expect(await topics.listTopics()).not.toContain(waiting.declared.topic);
    } finally {
      await topics.disconnect();
    }
  });

  it("every record was written and processed once, in order, whichever way it went, and nothing is left behind", async () => {
    expect(await sealed.findings()).toEqual([]);
    expect(await back.findings()).toEqual([]);
  });

  describe("and beside what is sealed", () => {
    anAlarmRollsBack(() => lab);
  });
});

/** Gates that were judged otherwise than on their way to pass. */
const badVerdicts = (journal: readonly JournalEntry[]): readonly unknown[] =>
  journal.filter(
    ({ event, details }) => event === "GateJudged" && JSON.stringify(details["verdicts"]).includes('"verdict":"fail"'),
  );
