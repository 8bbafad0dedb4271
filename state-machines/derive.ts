/** Writes what is derived from the lifecycle table and committed. */
import { writeFileSync } from "node:fs";
import { waveMachineFile, waveMachineText } from "./wave-machine.ts";

writeFileSync(waveMachineFile, waveMachineText());
