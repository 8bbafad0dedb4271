import { describe } from "vitest";
import { waveStoreContract } from "../adapters/dynamodb/wave-store.contract.ts";
import { inMemoryWaveStore } from "./wave-store.ts";

describe("the wave store in memory", () => {
  const store = inMemoryWaveStore();
  waveStoreContract(() => store);
});
