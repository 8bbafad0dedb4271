import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LabWaveRun, startWaveLab, type WaveLab } from "./wave-lab.ts";

describe("a wave whose producers have moved, on real clusters", () => {
  let lab: WaveLab;
  let wave: LabWaveRun;

  beforeAll(async () => {
    lab = await startWaveLab({ waves: [{ name: "there", partitions: 2, producers: 2, liveGroups: 2 }] });
    wave = lab.wave("there");
    await wave.startApplications();
    await lab.post(lab.file({ observationWindowSeconds: 600 }));
  });
  afterAll(() => lab?.stop());

  it("is rolled back while traffic flows, retried at the pin and sealed, with nothing lost or repeated", async () => {
    await wave.command("start");
    await wave.follow({ until: ({ phase }) => phase === "producers-moved", seconds: 90 });
    const ordered = await wave.command("roll-back", { reason: "the ledger is wrong" });
    expect(ordered.status).toBe(200);
    await wave.seen("rolled back", 60, ({ phase }) => phase === "rolled-back");
    expect(await wave.fence()).toEqual([]);
    for (const client of [...wave.declared.producers, ...wave.declared.liveGroups])
      expect(await wave.position(client)).toBe("source");
    const journal = await wave.journal();
    console.log(
      JSON.stringify(
        journal
          .filter((e) => ["ReturnClaimed", "WaveRolledBack", "RollBackOrdered"].includes(e.event))
          .map((e) => [e.event, e.at, e.details]),
        null,
        1,
      ),
    );
  });
});
