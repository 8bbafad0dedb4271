import { cutoverSeconds } from "#core/migration/defaults.ts";
import { HANDED_OVER_SECONDS } from "./handed-over-seconds.ts";

/**
 * Every deployed function, by name: where its handler is, how long one invocation may take, and what invokes it.
 * Both homes read this list; a test checks it against the handler files.
 */
export type FunctionEntry = {
  readonly name: string;
  /** Relative to `functions/`; the module exports `handler`. */
  readonly file: string;
  readonly timeoutSeconds: number;
  readonly invokedBy:
    | { readonly kind: "http"; readonly route: `${"GET" | "POST"} /${string}` }
    | { readonly kind: "state-machine" }
    | { readonly kind: "minute-timer" }
    | { readonly kind: "nightly-timer" }
    | { readonly kind: "function" }
    | { readonly kind: "one-shot-schedule" }
    | { readonly kind: "table-stream"; readonly records: StreamRecords }
    /** EventBridge: any CloudWatch alarm of the account has changed its state. */
    | { readonly kind: "alarm-event" };
};

/** What a function gets of the table's stream, in both homes. */
export type StreamRecords = {
  /** In Lambda's filter language; no other record invokes it. */
  readonly filter: RecordPattern;
  /** What fails is tried again, in order, until it is this old; then where it stands goes to the queue of what failed. */
  readonly oldestSeconds: number;
};
/** Of Lambda's language what is needed here: fields by name, texts that are equal or begin so. */
export type RecordPattern = {
  readonly [field: string]: RecordPattern | readonly (string | { readonly prefix: string })[];
};

/** When both homes invoke what is nightly, in UTC. */
export const NIGHTLY_AT = { hour: 2, minute: 15 } as const;

const http = (name: string, route: `${"GET" | "POST"} /${string}`, timeoutSeconds = 20): FunctionEntry => ({
  name: `http-${name}`,
  file: `http/${name}.ts`,
  timeoutSeconds,
  invokedBy: { kind: "http", route },
});

/** Does what a route hands over: Kafka's client is three times what an API function may carry, and what makes plans is a quarter too much. */
const command = (name: string): FunctionEntry => ({
  name: `commands-${name}`,
  file: `commands/${name}.ts`,
  timeoutSeconds: HANDED_OVER_SECONDS.worker,
  invokedBy: { kind: "function" },
});

const step = (name: string): FunctionEntry => ({
  name: `steps-${name}`,
  file: `steps/${name}.ts`,
  timeoutSeconds: cutoverSeconds,
  invokedBy: { kind: "state-machine" },
});

const WAVE = "/migrations/{migration}/waves/{wave}";

export const FUNCTIONS: readonly FunctionEntry[] = [
  http("post-migration", "POST /migrations"),
  http("list-migrations", "GET /migrations"),
  http("read-migration", "GET /migrations/{migration}"),
  http("list-waves", "GET /migrations/{migration}/waves"),
  http("read-wave", `GET ${WAVE}`),
  http("read-gates", `GET ${WAVE}/gates`),
  http("read-journal", `GET ${WAVE}/journal`),
  http("take-snapshots", "POST /migrations/{migration}/snapshots"),
  http("list-snapshots", "GET /migrations/{migration}/snapshots"),
  http("read-inventory", "GET /migrations/{migration}/snapshots/{side}/{snapshot}/{kind}"),
  http("read-drift", "GET /migrations/{migration}/drift"),
  http("list-flags", "GET /migrations/{migration}/flags"),
  http("list-dispositions", "GET /migrations/{migration}/dispositions"),
  http("list-clients", "GET /migrations/{migration}/clients"),
  http("propose-plan", "POST /migrations/{migration}/plan", HANDED_OVER_SECONDS.route),
  http("read-plan", "GET /migrations/{migration}/plan"),
  http("compare-plans", "GET /migrations/{migration}/plan/changes"),
  http("approve-plan", "POST /migrations/{migration}/plan/approve"),
  http("accept-plan", "POST /migrations/{migration}/plan/accept", HANDED_OVER_SECONDS.route),
  http("start-wave", `POST ${WAVE}/start`),
  http("approve-gate", `POST ${WAVE}/approve`),
  http("hold-wave", `POST ${WAVE}/hold`),
  http("resume-wave", `POST ${WAVE}/resume`),
  http("thaw-wave", `POST ${WAVE}/thaw`, HANDED_OVER_SECONDS.route),
  http("roll-back-wave", `POST ${WAVE}/roll-back`, HANDED_OVER_SECONDS.route),
  http("abort-wave", `POST ${WAVE}/abort`),
  http("retry-wave", `POST ${WAVE}/retry`),
  http("seal-wave", `POST ${WAVE}/seal`),
  http("read-openapi", "GET /openapi.json"),
  command("thaw-wave"),
  command("roll-back-wave"),
  command("plan-waves"),
  step("where-now"),
  step("open-gate"),
  step("start"),
  step("move-consumers"),
  step("prepare-cutover"),
  step("cutover"),
  step("thaw"),
  step("seal"),
  step("roll-back"),
  step("abort"),
  step("hold"),
  {
    name: "timer-tick-active-waves",
    file: "timer/tick-active-waves.ts",
    timeoutSeconds: 30,
    invokedBy: { kind: "minute-timer" },
  },
  {
    name: "timer-take-nightly-snapshots",
    file: "timer/take-nightly-snapshots.ts",
    timeoutSeconds: 60,
    invokedBy: { kind: "nightly-timer" },
  },
  {
    name: "inventory-take-snapshot",
    file: "inventory/take-snapshot.ts",
    // What is not read by then is read by the next run.
    timeoutSeconds: 240,
    invokedBy: { kind: "function" },
  },
  {
    name: "alarms-wake-ticks",
    file: "alarms/wake-ticks.ts",
    timeoutSeconds: 20,
    invokedBy: { kind: "alarm-event" },
  },
  { name: "timer-tick-wave", file: "timer/tick-wave.ts", timeoutSeconds: 50, invokedBy: { kind: "function" } },
  {
    name: "timer-thaw-at-deadline",
    file: "timer/thaw-at-deadline.ts",
    // Called up to two minutes before the deadline, it sleeps until then, and then thaws.
    timeoutSeconds: 210,
    invokedBy: { kind: "one-shot-schedule" },
  },
  {
    name: "stream-announce-journal",
    file: "stream/announce-journal.ts",
    timeoutSeconds: 30,
    invokedBy: {
      kind: "table-stream",
      records: {
        // New journal entries: a tick writes ten other items of each wave.
        filter: { eventName: ["INSERT"], dynamodb: { Keys: { sk: { S: [{ prefix: "EVENT#" }] } } } },
        // As long as Lambda keeps an event that it cannot run.
        oldestSeconds: 6 * 3600,
      },
    },
  },
];
