/**
 * What each function needs, one line each: a new handler is a line here beside its line in the manifest. Variables, rights and
 * network follow from it. Tests compare it with what a function's bundle can ask for and with what recorded runs called.
 */
import type { Variable } from "#functions/environment.ts";

export type Need =
  /** Who calls is told apart by what the deployment says of people. */
  | "know-callers"
  | "read-table"
  | "write-table"
  /** Starts executions and answers tokens. */
  | "machines"
  | "look-at-executions"
  | "ask-for-ticks"
  | "announce"
  | "set-deadlines"
  | "look-at-alarms"
  /** Reaches Kafka and Connect: in the VPC, with sign-ins from secrets and workers' addresses from ECS. */
  | "clusters"
  | "run-workers"
  | "look-at-switches"
  /** Stops and starts clients. */
  | "turn-switches";

const READ: readonly Need[] = ["read-table", "know-callers"];
const COMMAND: readonly Need[] = [...READ, "write-table", "machines"];
/** One step of a wave: the row, a tick afterwards, the clusters. */
const STEP: readonly Need[] = ["read-table", "write-table", "ask-for-ticks", "clusters"];
/** Lifts a freeze: clients start again, the deadline is taken away. */
const THAW: readonly Need[] = [...STEP, "look-at-switches", "turn-switches", "set-deadlines"];

export const NEEDS: Readonly<Record<string, readonly Need[]>> = {
  "http-post-migration": [...READ, "write-table"],
  "http-list-migrations": READ,
  "http-read-migration": READ,
  "http-list-waves": READ,
  "http-read-wave": READ,
  "http-read-gates": READ,
  "http-read-journal": READ,
  "http-start-wave": COMMAND,
  "http-approve-gate": COMMAND,
  "http-hold-wave": [...READ, "write-table"],
  "http-resume-wave": COMMAND,
  "http-thaw-wave": [...THAW, "know-callers"],
  "http-roll-back-wave": [...THAW, "know-callers", "machines"],
  "http-abort-wave": COMMAND,
  "http-retry-wave": COMMAND,
  "http-seal-wave": COMMAND,
  "http-read-openapi": READ,
  "steps-where-now": ["read-table"],
  "steps-open-gate": ["read-table", "write-table", "machines", "ask-for-ticks"],
  "steps-start": [...STEP, "run-workers"],
  "steps-move-consumers": [...STEP, "look-at-switches", "turn-switches"],
  "steps-prepare-cutover": [...STEP, "run-workers", "look-at-switches"],
  "steps-cutover": THAW,
  "steps-thaw": THAW,
  "steps-seal": [...STEP, "run-workers"],
  "steps-roll-back": [...STEP, "look-at-switches", "turn-switches", "run-workers"],
  "steps-abort": [...STEP, "run-workers"],
  "steps-hold": ["read-table", "write-table"],
  "timer-tick-active-waves": ["read-table", "ask-for-ticks"],
  "alarms-wake-ticks": ["read-table", "ask-for-ticks"],
  // It judges, repairs, and thaws what nobody else did.
  "timer-tick-wave": [...THAW, "machines", "look-at-executions", "look-at-alarms", "announce"],
  "timer-thaw-at-deadline": THAW,
  "stream-announce-journal": ["read-table", "write-table", "announce"],
};

export function needsOf(name: string): ReadonlySet<Need> {
  const needs = NEEDS[name];
  if (needs === undefined)
    throw new Error(`stacks/needs.ts says nothing of function ${name}; add the line that tells what it needs`);
  return new Set(needs);
}

const TABLE: readonly Variable[] = ["SLUICE_TABLE"];
const MACHINES: readonly Variable[] = ["SLUICE_STATE_MACHINE_ARN", "SLUICE_WAY_BACK_MACHINE_ARN"];
const DEADLINES: readonly Variable[] = [
  "SLUICE_SCHEDULE_GROUP",
  "SLUICE_DEADLINE_FUNCTION_ARN",
  "SLUICE_SCHEDULER_ROLE_ARN",
];
const VARIABLES_OF: Readonly<Record<Need, readonly Variable[]>> = {
  "know-callers": ["SLUICE_POSTERS", "SLUICE_READERS", "SLUICE_SSO_ROLES"],
  "read-table": TABLE,
  "write-table": TABLE,
  machines: MACHINES,
  "look-at-executions": MACHINES,
  "ask-for-ticks": ["SLUICE_TICK_FUNCTION"],
  announce: ["SLUICE_TOPIC_ARN"],
  "set-deadlines": DEADLINES,
  "look-at-alarms": [],
  // What reaches clusters is wired with all that a step may ask for, whichever step it is.
  clusters: [
    ...MACHINES,
    ...DEADLINES,
    "SLUICE_TICK_FUNCTION",
    "SLUICE_ECS_CLUSTER",
    "SLUICE_WORKER_IMAGE",
    "SLUICE_WORKER_SUBNETS",
    "SLUICE_WORKER_SECURITY_GROUPS",
    "SLUICE_WORKER_EXECUTION_ROLE_ARN",
    "SLUICE_WORKER_TASK_ROLE_ARN",
    "SLUICE_WORKER_LOG_GROUP",
  ],
  "run-workers": [],
  "look-at-switches": [],
  "turn-switches": [],
};

export const variablesOf = (name: string): ReadonlySet<Variable> =>
  new Set([...needsOf(name)].flatMap((need) => VARIABLES_OF[need]));
