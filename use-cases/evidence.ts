import { ALL_GATES } from "#core/gate/gates.ts";
import { type CheckResult, checkResultSchema } from "#core/gate/verdict.ts";
import type { GateName } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { WaveItems } from "./ports/wave-store.ts";

/** The checks of each gate, in the order of their names: what an approval names is a hash over them in that order. */
export type Evidence = ReadonlyMap<GateName, readonly CheckResult[]>;

/** Evidence of every gate, as stored: `EVIDENCE#gate#check`. */
export async function readEvidence(items: WaveItems, ref: WaveRef): Promise<Evidence> {
  const byGate = new Map<GateName, CheckResult[]>();
  for (const { name, value } of await items.list(ref, "EVIDENCE")) {
    const gate = ALL_GATES.find((g) => name.startsWith(`${g}#`));
    if (gate !== undefined) byGate.set(gate, [...(byGate.get(gate) ?? []), checkResultSchema.parse(value)]);
  }
  return new Map([...byGate].map(([gate, checks]) => [gate, inOrder(checks)]));
}

/** The same after these checks of one gate were stored. */
export const withChecks = (evidence: Evidence, gate: GateName, checks: readonly CheckResult[]): Evidence => {
  const others = (evidence.get(gate) ?? []).filter(({ check }) => !checks.some((now) => now.check === check));
  return checks.length === 0 ? evidence : new Map([...evidence, [gate, inOrder([...others, ...checks])]]);
};

const inOrder = (checks: readonly CheckResult[]): CheckResult[] =>
  checks.toSorted((a, b) => (a.check < b.check ? -1 : a.check > b.check ? 1 : 0));

export async function writeEvidence(
  items: WaveItems,
  ref: WaveRef,
  gate: GateName,
  checks: readonly CheckResult[],
): Promise<void> {
  await Promise.all(checks.map((check) => items.put(ref, "EVIDENCE", `${gate}#${check.check}`, check)));
}

/**
 * What says something else than before, or will be too old soon. What says the same is kept as it is: it expires earlier than a
 * new one would, never later.
 */
export const newsOf = (
  known: readonly CheckResult[],
  checks: readonly CheckResult[],
): { readonly news: readonly CheckResult[]; readonly stored: readonly CheckResult[] } => {
  const sameBefore = (check: CheckResult): CheckResult | undefined =>
    known.find(
      (one) =>
        one.check === check.check &&
        one.verdict === check.verdict &&
        one.reason === check.reason &&
        check.at - one.at < (one.expiresAt - one.at) / 3,
    );
  const news = checks.filter((check) => sameBefore(check) === undefined);
  return { news, stored: checks.map((check) => sameBefore(check) ?? check) };
};
