import { describe } from "vitest";
import { planStoreContract } from "../adapters/dynamodb/plan-store.contract.ts";
import { waveStoreContract } from "../adapters/dynamodb/wave-store.contract.ts";
import { inMemoryPlanStore } from "./plan-store.ts";
import { inMemoryWaveStore } from "./wave-store.ts";

describe("the wave store in memory", () => {
  const store = inMemoryWaveStore();
  waveStoreContract(() => store);
});

describe("the plan store in memory", () => {
  const store = inMemoryPlanStore();
  planStoreContract(() => store);
});
