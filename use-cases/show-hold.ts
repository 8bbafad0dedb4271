import type { Superseded } from "#core/wave/decision.ts";
import { isClaimStanding } from "#core/wave/decisions.ts";
import type { HoldCause } from "#core/wave/holds.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import type { Deps } from "./ports/deps.ts";

/** Says what a turn is stuck at, where clients stand still and it goes on trying; once per reason. */
export async function showHold(deps: Deps, ref: WaveRef, claimId: string, cause: HoldCause): Promise<void> {
  await decideAndWrite<Superseded>(deps, ref, (row) =>
    isClaimStanding(row, claimId) && row.hold?.reason !== cause.reason
      ? {
          kind: "write",
          next: { ...row, hold: { ...cause, by: "sluice", at: deps.clock.now() } },
          events: [{ event: "WaveHeld", by: "sluice", details: cause }],
        }
      : { kind: "superseded", because: "said already" },
  );
}
