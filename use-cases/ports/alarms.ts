import type { Alarm } from "#core/rule/alarm.ts";

/** Alarms of the applications, as they are now. Faults as in `cluster.ts`. */
export interface Alarms {
  /** By name; one that does not exist is absent. */
  describe(names: readonly string[]): Promise<ReadonlyMap<string, Alarm>>;
}
