import { ALL_GATES } from "#core/gate/gates.ts";
import { type CheckResult, checkResultSchema } from "#core/gate/verdict.ts";
import type { GateName } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { WaveItems } from "./ports/wave-store.ts";

/** Evidence of every gate, as stored: `EVIDENCE#gate#check`. */
export async function readEvidence(items: WaveItems, ref: WaveRef): Promise<Map<GateName, readonly CheckResult[]>> {
  const byGate = new Map<GateName, CheckResult[]>();
  for (const { name, value } of await items.list(ref, "EVIDENCE")) {
    const gate = ALL_GATES.find((g) => name.startsWith(`${g}#`));
    if (gate !== undefined) byGate.set(gate, [...(byGate.get(gate) ?? []), checkResultSchema.parse(value)]);
  }
  return byGate;
}

export async function writeEvidence(
  items: WaveItems,
  ref: WaveRef,
  gate: GateName,
  checks: readonly CheckResult[],
): Promise<void> {
  await Promise.all(checks.map((check) => items.put(ref, "EVIDENCE", `${gate}#${check.check}`, check)));
}
