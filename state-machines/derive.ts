/** Writes what is derived from the lifecycle table and committed: the state machines, and the diagram in the README. */
import { readFileSync, writeFileSync } from "node:fs";
import { readmeFile, withDiagram } from "./readme-diagram.ts";
import { waveMachineFile, waveMachineText } from "./wave-machine.ts";
import { wayBackMachineFile, wayBackMachineText } from "./way-back-machine.ts";

// Read before anything is written: where the README or a marker is missing, nothing changes.
const readme = withDiagram(readFileSync(readmeFile, "utf8"));
writeFileSync(waveMachineFile, waveMachineText());
writeFileSync(wayBackMachineFile, wayBackMachineText());
writeFileSync(readmeFile, readme);
