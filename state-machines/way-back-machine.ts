/** The state machine of the way back, derived from the lifecycle table: one state per turn. */
import { ABORT, ROLL_BACK } from "#core/wave/lifecycle.ts";
import {
  again,
  asking,
  ended,
  failedInto,
  invoke,
  isPhase,
  machineText,
  RETRY,
  RUN,
  STEP_TIMEOUT_SECONDS,
  type State,
} from "./states.ts";

export function wayBackMachine(): State {
  return {
    Comment: "One run of the way back. Derived from core/wave/lifecycle.ts; write it anew with npm run derive.",
    StartAt: "WhereNow",
    States: {
      ...asking(
        [
          ...[ROLL_BACK.doing, ROLL_BACK.lastTurn, ROLL_BACK.withdrawing].map((phase) => isPhase(phase, "RollBack")),
          isPhase(ABORT.doing, "Abort"),
        ],
        "Over",
      ),
      RollBack: {
        ...invoke("steps-roll-back", RUN),
        TimeoutSeconds: STEP_TIMEOUT_SECONDS,
        Retry: RETRY,
        // Clients stand still: whatever happened to the handler, the turn is taken up again.
        Catch: failedInto("Pause"),
        ...again,
      },
      Pause: { Type: "Wait", Seconds: 5, Next: "WhereNow" },
      Abort: {
        ...invoke("steps-abort", RUN),
        TimeoutSeconds: STEP_TIMEOUT_SECONDS,
        Retry: RETRY,
        Catch: failedInto("Hold"),
        ...again,
      },
      ...ended,
    },
  };
}

export const wayBackMachineFile = new URL("./way-back.asl.json", import.meta.url);
export const wayBackMachineText = (): string => machineText(wayBackMachine());
