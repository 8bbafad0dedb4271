import { alarmsOf, judgeAlarmAtGate } from "#core/rule/alarm.ts";
import type { Finding, Measuring } from "./measuring.ts";

/** Gate cutover, beside its approval: every alarm that could roll the wave back can be read, and does not stand in ALARM already. */
export async function measureCutover({ deps, migration, plan }: Measuring): Promise<readonly Finding[]> {
  const names = alarmsOf(migration.policy, plan.name);
  if (names.length === 0)
    return [{ check: "alarms", verdict: "pass", reason: "no alarm is declared; none rolls this wave back" }];
  const alarms = await deps.alarms.describe(names);
  return names.map((name) => ({ check: alarmCheck(name), ...judgeAlarmAtGate(name, alarms.get(name)) }));
}

const alarmCheck = (name: string): string => `alarm:${name}`;

/** Its checks, by name, where none could be made. */
export const cutoverChecks = (names: readonly string[]): readonly string[] =>
  names.length === 0 ? ["alarms"] : names.map(alarmCheck);
