import type { FreezeRef } from "./ports/deadline-schedule.ts";
import type { Deps } from "./ports/deps.ts";

/** A freeze has ended. One that stays is harmless: it names its freeze, which is over, and goes away by itself. */
export const cancelDeadline = (deps: Deps, freeze: FreezeRef): Promise<void> =>
  deps.deadlines.cancel(freeze).catch(() => undefined);
