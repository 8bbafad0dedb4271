import { expect, it } from "vitest";
import type { WaveRef } from "#core/wave/wave.ts";
import { startWave } from "#use-cases/start-wave.ts";
import { wakeForAlarm } from "#use-cases/wake-for-alarm.ts";
import { startHome } from "../in-memory/home.ts";
import { waveFile } from "../in-memory/migration.ts";

it("wakes the active waves that the alarm rolls back, and no other", async () => {
  const home = await startHome({
    waves: ["payments", "orders", "planned"].map(waveFile),
    policy: { alarms: [{ name: "all" }, { name: "one", waves: ["orders"] }] },
  });
  for (const wave of ["payments", "orders"]) await startWave(home.deps, { migration: "shop", wave }, "olga");
  const asked: WaveRef[] = [];
  const ticks = {
    requestTick: async (ref: WaveRef) => {
      asked.push(ref);
    },
  };
  const wake = async (alarm: string): Promise<readonly string[]> => {
    asked.length = 0;
    const woken = await wakeForAlarm({ store: home.store, ticks }, alarm);
    expect(asked).toEqual(woken);
    return woken.map((ref) => ref.wave).sort();
  };
  expect(await wake("all")).toEqual(["orders", "payments"]);
  expect(await wake("one")).toEqual(["orders"]);
  expect(await wake("somebody else's")).toEqual([]);
});
