import { thawWaveContract } from "../api/commands.ts";
import { thawWorker } from "../wire.ts";
import { handOver } from "./hand-over.ts";

export const handler = handOver(thawWaveContract, "thaw", thawWorker);
