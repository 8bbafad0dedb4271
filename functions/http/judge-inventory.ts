import { judgeWaveInventory } from "#use-cases/judge-wave-inventory.ts";
import { isRefused } from "#use-cases/refused.ts";
import { judgeInventoryContract } from "../api/estate.ts";
import { clock, snapshotStore, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(judgeInventoryContract, async ({ path }) => {
  const answer = await judgeWaveInventory({ store: waveStore(), snapshots: snapshotStore(), clock }, path);
  return isRefused(answer) ? answer : ok(answer);
});
