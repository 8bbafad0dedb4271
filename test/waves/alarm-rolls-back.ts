import { afterAll, beforeAll, expect, it } from "vitest";
import { alarmClient, alarmSetter } from "../adapters/cloudwatch/moto-alarms.ts";
import type { LabWaveRun, WaveLab } from "./wave-lab.ts";

const ALARM = "orders-errors";

/** Rolls the wave `orders` back, whose lab's file names it. */
export const alarmOfOrders = { name: ALARM, waves: ["orders"] };

/** Tests of a lab that has a wave `orders`, which nobody has started, and the alarm in its file. */
export const anAlarmRollsBack = (startedLab: () => WaveLab): void => {
  let orders: LabWaveRun;
  let alarms: ReturnType<typeof alarmSetter> & { close(): void };

  beforeAll(async () => {
    const lab = startedLab();
    orders = lab.wave("orders");
    const client = alarmClient(lab.estate.awsUrl);
    alarms = { ...alarmSetter(client), close: () => client.destroy() };
    await alarms.put(ALARM);
    await alarms.turn(ALARM, "ALARM", "stood so before the wave");
    await orders.startApplications();
    await orders.command("start");
  });
  afterAll(() => alarms?.close());

  const cutover = async () => (await orders.api.gates()).find(({ gate, isOpen }) => gate === "cutover" && isOpen);

  it("an alarm that stands in ALARM already holds the cutover gate, though everything else passes", async () => {
    await orders.seen("replicating", 90, (row) => row.phase === "replicating");
    const begun = Date.now();
    for (;;) {
      const gates = (await orders.api.gates()).filter(({ step, isOpen }) => step === "move-consumers" && isOpen);
      const others = gates.filter(({ gate }) => gate !== "cutover");
      if (others.length > 0 && others.every(({ verdict }) => verdict === "pass")) break;
      if (Date.now() - begun > 60_000) throw new Error(JSON.stringify(gates));
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    const gate = await cutover();
    expect(gate?.checks.find(({ check }) => check === `alarm:${ALARM}`)).toMatchObject({
      verdict: "hold",
      reason: expect.stringContaining("stood so before the wave"),
    });
    await orders.api.approve("carl", "cutover", gate?.evidenceHash ?? "");
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await orders.row()).phase).toBe("replicating");
  });

  it("an alarm that turns once producers have moved and written rolls the wave back, and says why", async () => {
    await alarms.turn(ALARM, "OK", "quiet");
    await orders.follow({ until: (row) => row.phase === "producers-moved", seconds: 180 });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const turnedAt = Date.now();
    await alarms.turn(ALARM, "ALARM", "12 errors in a minute");
    await orders.seen("rolled-back", 60, (row) => row.phase === "rolled-back");
    const seconds = (Date.now() - turnedAt) / 1000;
    const ordered = (await orders.journal()).filter((entry) => entry.event === "RollBackOrdered");
    expect(ordered).toMatchObject([
      {
        by: "sluice",
        details: { cause: "alarm", reason: expect.stringMatching(/orders-errors.*12 errors in a minute/) },
      },
    ]);
    for (const client of [orders.declared.producer, ...orders.declared.liveGroups])
      expect(await orders.position(client)).toBe("source");
    expect(seconds).toBeLessThan(30);
  });
};
