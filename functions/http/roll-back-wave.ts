import { rollBackWaveContract } from "../api/commands.ts";
import { rollBackWorker } from "../wire.ts";
import { handOver } from "./hand-over.ts";

export const handler = handOver(rollBackWaveContract, "roll-back", rollBackWorker);
