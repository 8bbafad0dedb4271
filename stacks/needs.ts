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
  /** Takes items away: measurements, leases, waves that a posted file no longer has. */
  | "clear-items"
  | "start-executions"
  | "answer-tokens"
  | "look-at-executions"
  | "ask-for-ticks"
  | "ask-for-snapshots"
  /** Hands a person's command over to the function in the VPC that does it, and waits for its answer. */
  | "order-thaws"
  | "order-roll-backs"
  /** The same to the function that makes plans. */
  | "order-plans"
  /** Snapshots that a newer one replaces get a time at which they end. */
  | "let-items-expire"
  | "announce"
  | "set-deadlines"
  | "clear-deadlines"
  | "look-at-alarms"
  /** Asks AWS, reading only, what a cluster is made of and watched with. */
  | "look-at-operations"
  /** Reaches Kafka: in the VPC, with sign-ins from secrets. */
  | "brokers"
  /** Reaches Connect too: workers' addresses come from ECS. */
  | "clusters"
  | "start-workers"
  | "release-workers"
  | "look-at-switches"
  /** Stops and starts clients. */
  | "turn-switches";

const READ: readonly Need[] = ["read-table", "know-callers"];
const WRITE: readonly Need[] = [...READ, "write-table"];
/** A person's command that sets the wave going: the new execution, and an answer to the token of the old one. */
const COMMAND: readonly Need[] = [...WRITE, "start-executions", "answer-tokens"];
/** Closing a gate: an execution that does not take its token is looked at, and another one started. */
const APPROVAL: readonly Need[] = [...COMMAND, "look-at-executions"];
/** What works on a wave: its row, and the clusters. */
const WORK: readonly Need[] = ["read-table", "write-table", "brokers", "clusters"];
/** One step of the way: a tick is asked for afterwards. */
const STEP: readonly Need[] = [...WORK, "ask-for-ticks"];
const SWITCH: readonly Need[] = ["look-at-switches", "turn-switches"];
/** Lifts a freeze: clients start again, the deadline is taken away, and a roll-back that waits for it is set going. */
const THAW: readonly Need[] = [...WORK, ...SWITCH, "clear-deadlines", "start-executions"];

export const NEEDS: Readonly<Record<string, readonly Need[]>> = {
  "http-post-migration": [...WRITE, "clear-items"],
  "http-list-migrations": READ,
  "http-read-migration": READ,
  "http-list-waves": READ,
  "http-read-wave": READ,
  "http-read-gates": READ,
  "http-read-journal": READ,
  "http-take-snapshots": [...READ, "ask-for-snapshots"],
  "http-list-snapshots": READ,
  "http-read-inventory": READ,
  "http-read-drift": READ,
  "http-list-flags": READ,
  "http-list-dispositions": READ,
  "http-list-clients": READ,
  "http-propose-plan": [...READ, "order-plans"],
  "http-read-plan": READ,
  "http-compare-plans": READ,
  "http-approve-plan": WRITE,
  "http-accept-plan": [...READ, "order-plans"],
  "http-start-wave": [...WRITE, "start-executions"],
  "http-approve-gate": APPROVAL,
  "http-hold-wave": WRITE,
  "http-resume-wave": [...COMMAND, "clear-items"],
  "http-thaw-wave": [...READ, "order-thaws"],
  "http-roll-back-wave": [...READ, "order-roll-backs"],
  "http-abort-wave": COMMAND,
  "http-retry-wave": [...WRITE, "start-executions", "clear-items"],
  "http-seal-wave": APPROVAL,
  "http-read-openapi": ["know-callers"],
  "commands-thaw-wave": THAW,
  "commands-roll-back-wave": [...THAW, "answer-tokens"],
  // The snapshots that a plan is made of do not expire any more; waves that an accepted one no longer has go.
  "commands-plan-waves": ["read-table", "write-table", "let-items-expire", "clear-items"],
  "steps-where-now": ["read-table"],
  "steps-open-gate": ["read-table", "write-table", "answer-tokens", "ask-for-ticks"],
  "steps-start": [...STEP, "start-workers"],
  "steps-move-consumers": [...STEP, ...SWITCH],
  "steps-prepare-cutover": [...STEP, "start-workers", "look-at-switches"],
  "steps-cutover": [...THAW, "ask-for-ticks", "set-deadlines", "look-at-alarms"],
  "steps-thaw": THAW,
  "steps-seal": [...STEP, "start-workers", "release-workers"],
  "steps-roll-back": [...WORK, ...SWITCH, "clear-items", "start-workers", "release-workers"],
  "steps-abort": [...WORK, "clear-items", "start-workers", "release-workers"],
  "steps-hold": ["read-table", "write-table"],
  "timer-tick-active-waves": ["read-table", "ask-for-ticks"],
  "timer-take-nightly-snapshots": ["read-table", "ask-for-snapshots"],
  "inventory-take-snapshot": [
    "read-table",
    "write-table",
    "brokers",
    "clear-items",
    "let-items-expire",
    "ask-for-snapshots",
    "look-at-alarms",
    "look-at-operations",
  ],
  "alarms-wake-ticks": ["read-table", "ask-for-ticks"],
  // It judges, repairs, and thaws what nobody else did; a snapshot that a gate has passed on does not expire.
  "timer-tick-wave": [
    ...THAW,
    "clear-items",
    "let-items-expire",
    "answer-tokens",
    "look-at-executions",
    "look-at-alarms",
    "announce",
  ],
  "timer-thaw-at-deadline": [...THAW, "set-deadlines"],
  "stream-announce-journal": ["read-table", "write-table", "clear-items", "announce"],
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
  "clear-items": TABLE,
  "start-executions": MACHINES,
  "answer-tokens": MACHINES,
  "look-at-executions": MACHINES,
  "ask-for-ticks": ["SLUICE_TICK_FUNCTION"],
  "ask-for-snapshots": ["SLUICE_SNAPSHOT_FUNCTION"],
  "order-thaws": ["SLUICE_THAW_FUNCTION"],
  "order-roll-backs": ["SLUICE_ROLL_BACK_FUNCTION"],
  "order-plans": ["SLUICE_PLAN_FUNCTION"],
  "let-items-expire": TABLE,
  announce: ["SLUICE_TOPIC_ARN"],
  "set-deadlines": DEADLINES,
  "clear-deadlines": DEADLINES,
  "look-at-alarms": [],
  "look-at-operations": [],
  brokers: [],
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
  "start-workers": [],
  "release-workers": [],
  "look-at-switches": [],
  "turn-switches": [],
};

export const variablesOf = (name: string): ReadonlySet<Variable> =>
  new Set([...needsOf(name)].flatMap((need) => VARIABLES_OF[need]));
