import type { Judgement } from "#core/replication/observation-window.ts";
import type { RollbackJudgement } from "./judgement.ts";

/** A CloudWatch alarm as it is now. */
export type Alarm = {
  readonly name: string;
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  /** CloudWatch's own words for the state. */
  readonly stateReason: string;
  /** When it came to this state, in ms. */
  readonly changedAt: number;
};

type Declared = { readonly name: string; readonly waves?: readonly string[] | undefined };

/** The alarms that roll this wave back: those that name it, and those that name none. */
export const alarmsOf = (policy: { readonly alarms: readonly Declared[] }, wave: string): readonly string[] =>
  policy.alarms.filter(({ waves }) => waves === undefined || waves.includes(wave)).map(({ name }) => name);

const since = ({ changedAt, stateReason }: Alarm): string =>
  `since ${new Date(changedAt).toISOString()} (${stateReason})`;

const absent = (name: string): string =>
  `CloudWatch alarm ${name} does not exist in the account and region of the control plane; create it there`;

/** Once clients have moved: an alarm counts that came during this attempt; one that stood before it is the gate's to find. */
export const judgeAlarm = (
  name: string,
  alarm: Alarm | undefined,
  attemptStartedAt: number | undefined,
): RollbackJudgement => {
  if (alarm === undefined) return { verdict: "unknown", reason: absent(name) };
  if (alarm.state === "INSUFFICIENT_DATA")
    return { verdict: "unknown", reason: `CloudWatch alarm ${name} has no data ${since(alarm)}` };
  if (alarm.state === "OK") return { verdict: "clear", reason: `CloudWatch alarm ${name} is OK ${since(alarm)}` };
  const reason = `CloudWatch alarm ${name} is in ALARM ${since(alarm)}`;
  if (attemptStartedAt === undefined || alarm.changedAt < attemptStartedAt)
    return { verdict: "clear", reason: `${reason}, which is before this attempt began` };
  return { verdict: "breached", reason, since: alarm.changedAt };
};

/** Before clients move: an alarm that could not tell good from bad afterwards holds the wave now. */
export const judgeAlarmAtGate = (name: string, alarm: Alarm | undefined): Judgement => {
  if (alarm === undefined) return { verdict: "fail", reason: absent(name) };
  if (alarm.state === "INSUFFICIENT_DATA")
    return { verdict: "unknown", reason: `CloudWatch alarm ${name} has no data ${since(alarm)}` };
  if (alarm.state === "ALARM")
    return {
      verdict: "hold",
      reason: `CloudWatch alarm ${name} is in ALARM ${since(alarm)}; the wave waits until it is OK`,
    };
  return { verdict: "pass", reason: `CloudWatch alarm ${name} is OK ${since(alarm)}` };
};
