import { setTimeout as sleep } from "node:timers/promises";
import { canThaw } from "#core/wave/lifecycle.ts";
import { callApi, wavesIn } from "./api-client.ts";

/**
 * Lifts every freeze of a migration, as before the control plane ends: nobody would hold its deadline then. Returns the
 * waves that are still frozen when the time is over, or whose producers already write on the target.
 */
export async function thawFrozenWaves(
  o: { readonly url: string; readonly token: string; readonly migration: string; readonly say: (line: string) => void },
  withinSeconds: number,
): Promise<readonly string[]> {
  const frozen = async (): Promise<readonly string[]> => {
    const answer = await callApi(o, "GET", `/migrations/${o.migration}/waves`);
    if (answer.status === 404) return [];
    if (answer.status !== 200) throw new Error(`the waves could not be read: ${answer.status}`);
    return wavesIn(answer.body)
      .filter(({ phase }) => canThaw(phase) || phase === "thawing")
      .map((one) => one.wave);
  };
  const begun = Date.now();
  let waiting = await frozen();
  while (waiting.length > 0 && Date.now() - begun < withinSeconds * 1000) {
    for (const wave of waiting) {
      o.say(`wave ${wave} is frozen: thawing it first`);
      const answer = await callApi(o, "POST", `/migrations/${o.migration}/waves/${wave}/thaw`, {
        reason: "the control plane is being stopped",
      });
      // Refused with its own reason where producers already write on the target: then there is nothing to lift.
      if (answer.status >= 400) o.say(`thaw of ${wave}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    await sleep(1000);
    waiting = await frozen();
  }
  return waiting;
}
