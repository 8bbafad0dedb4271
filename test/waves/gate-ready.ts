import { setTimeout as sleep } from "node:timers/promises";
import type { GateNow } from "#local/demo/wave-api.ts";
import type { LabWaveRun } from "./wave-lab.ts";

/** Waits until the gate is open and whatever is measured beside it passes. */
export async function gateReady(
  wave: LabWaveRun,
  gate: string,
  seconds = 60,
): Promise<GateNow & { evidenceHash: string }> {
  let open: readonly GateNow[] = [];
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(200)) {
    const row = await wave.row();
    if (row.hold !== undefined) throw new Error(`${wave.declared.name} holds: ${row.hold.reason}`);
    open = (await wave.api.gates()).filter((one) => one.isOpen);
    const found = open.find((one) => one.gate === gate);
    const waits = open.some((one) => one.evidenceHash === undefined && one.verdict !== "pass");
    if (found?.evidenceHash !== undefined && !waits) return { ...found, evidenceHash: found.evidenceHash };
  }
  const reasons = open.flatMap((one) => one.checks.map((check) => `${one.gate}/${check.check}: ${check.reason}`));
  throw new Error(`gate ${gate} of ${wave.declared.name} is not ready after ${seconds} s: ${reasons.join("; ")}`);
}
