import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import { FUNCTIONS, type FunctionEntry } from "#functions/manifest.ts";
import { captureOutput } from "./written-lines.ts";

const SECRET = "hunter2-planted";
const RUN = { migration: "shop", wave: "payments", attempt: 1, run: 3 };
const context = (functionName: string) => ({
  functionName,
  awsRequestId: `request-of-${functionName}`,
  getRemainingTimeInMillis: () => 20_000,
});
type Invocation = ReturnType<typeof context>;
type Handler = (event: unknown, invocation: Invocation) => Promise<unknown>;
const load = async ({ file }: FunctionEntry): Promise<Handler> => {
  const module = (await import(new URL(`../../functions/${file}`, import.meta.url).href)) as { handler: Handler };
  return module.handler;
};

let output: ReturnType<typeof captureOutput>;
beforeAll(() => {
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "false");
  vi.stubEnv("POWERTOOLS_LOG_LEVEL", "INFO");
  // As Lambda has it; elsewhere nothing starts cold.
  vi.stubEnv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
  // Nothing is deployed here: every handler ends in the fault that names what is missing.
  vi.stubEnv("SLUICE_TABLE", undefined);
  vi.stubEnv("SLUICE_POSTERS", "jwt:olga");
  output = captureOutput();
});
beforeEach(() => output.clear());
afterAll(() => {
  output.restore();
  vi.unstubAllEnvs();
});

const eventFor = ({ invokedBy, file }: FunctionEntry): unknown => {
  switch (invokedBy.kind) {
    case "http":
      return {
        version: "2.0",
        headers: { "content-type": "application/json", authorization: `Bearer ${SECRET}`, "x-api-key": SECRET },
        cookies: [`session=${SECRET}`],
        requestContext: { authorizer: { jwt: { claims: { sub: "olga" } } } },
        pathParameters: { migration: "shop", wave: "payments" },
        body: JSON.stringify({ password: SECRET, reason: SECRET }),
      };
    case "state-machine":
      return { ...RUN, ...(file.includes("open-gate") && { step: "freeze", token: SECRET }) };
    case "function":
      if (file === "commands/plan-waves.ts")
        return { migration: "shop", person: "olga", requestId: "r", does: "accept", hash: SECRET };
      if (file.startsWith("commands/"))
        return { migration: "shop", wave: "payments", person: "olga", requestId: "r", body: { reason: SECRET } };
      return { migration: "shop", ...(file.includes("snapshot") ? { side: "source" } : { wave: "payments" }) };
    case "one-shot-schedule":
      return { migration: "shop", wave: "payments", freezeId: "f", deadlineAt: 1 };
    case "minute-timer":
    case "nightly-timer":
      return {};
    case "alarm-event":
      return {
        "detail-type": "CloudWatch Alarm State Change",
        detail: { alarmName: "errors", configuration: { secret: SECRET } },
      };
    case "table-stream":
      return {
        Records: [
          {
            eventName: "INSERT",
            dynamodb: {
              SequenceNumber: "1",
              Keys: { pk: { S: "WAVE#shop/payments" }, sk: { S: "EVENT#000000000001" } },
              NewImage: { token: { S: SECRET } },
            },
          },
        ],
      };
  }
};

/** What these are about no event says: they find waves, or none. */
const OF_NO_WAVE: readonly string[] = [
  "http-post-migration",
  "http-list-migrations",
  "http-read-openapi",
  "timer-tick-active-waves",
  "timer-take-nightly-snapshots",
  "alarms-wake-ticks",
];
const OF_A_MIGRATION: readonly string[] = ["inventory-take-snapshot", "commands-plan-waves"];

describe("every function of the manifest", () => {
  it.each(FUNCTIONS.map((entry) => [entry.name, entry] as const))(
    "%s writes JSON lines with function, request, migration and wave, counts its fault, and logs no secret",
    async (name, entry) => {
      const handler = await load(entry);
      const ended = await handler(eventFor(entry), context(name)).then(
        () => "answered",
        () => "threw",
      );
      const lines = output.lines();
      expect(lines.length, output.text()).toBeGreaterThan(0);
      for (const line of lines) {
        expect(line).toMatchObject({
          service: "sluice",
          function_name: name,
          function_request_id: `request-of-${name}`,
          level: expect.stringMatching(/^(INFO|WARN|ERROR)$/),
        });
        const about = { migration: "shop", ...(OF_A_MIGRATION.includes(name) ? {} : { wave: "payments" }) };
        if (!OF_NO_WAVE.includes(name)) expect(line).toMatchObject(about);
      }
      expect(lines.at(-1)).toMatchObject({
        message: expect.stringMatching(/^invocation (ended|failed)$/),
        milliseconds: expect.any(Number),
      });
      expect(output.text()).not.toContain(SECRET);
      // Whoever answers a person answers what that person must change; the stream reports what must come again.
      const isHttp = /^(http|commands)-/.test(name);
      expect(ended).toBe(isHttp ? "answered" : "threw");
      const faults = output.metrics().filter((line) => "Faults" in line);
      expect(faults).toMatchObject(isHttp ? [] : [{ Faults: 1, function_name: name }]);
    },
    30_000,
  );
});

describe("an observed handler", () => {
  const observe = async (act: () => Promise<unknown>) => {
    const { observed, namedIn } = await import("#functions/telemetry.ts");
    const handler = observed<unknown, unknown, ReturnType<typeof context>>(
      { about: namedIn, outcome: () => ({}) },
      act,
    );
    return handler(RUN, context("steps-start")).catch((error: unknown) => error);
  };

  it("tells a fault in its own words, never in what else hangs on it, and counts it with its function and without", async () => {
    const fault = Object.assign(new OperatorFault("topic payments is missing: create it"), {
      $response: { headers: { authorization: SECRET } },
      cause: new Error(`password=${SECRET}`),
    });
    expect(await observe(() => Promise.reject(fault))).toBe(fault);
    expect(output.lines()).toMatchObject([
      {
        level: "ERROR",
        message: "invocation failed",
        migration: "shop",
        wave: "payments",
        fault: { name: "OperatorFault", message: "topic payments is missing: create it" },
      },
    ]);
    expect(output.text()).not.toContain(SECRET);
    expect(output.metrics().filter((line) => "Faults" in line)).toMatchObject([
      {
        Faults: 1,
        function_name: "steps-start",
        _aws: { CloudWatchMetrics: [{ Namespace: "Sluice", Dimensions: [["service"], ["service", "function_name"]] }] },
      },
    ]);
  });

  it("warns of what comes again by itself", async () => {
    await observe(() => Promise.reject(new RetryableFault("broker 1 is away")));
    expect(output.lines()).toMatchObject([{ level: "WARN", fault: { name: "RetryableFault" } }]);
  });

  it("forgets the wave when the invocation has ended", async () => {
    await observe(async () => undefined);
    const { tell } = await import("#functions/telemetry.ts");
    tell("afterwards");
    expect(output.lines().at(-1)).not.toHaveProperty("wave");
  });
});

describe("metrics", () => {
  it("count a cold start once in an environment, with its function", async () => {
    vi.resetModules();
    const { recordColdStart } = await import("#functions/metrics.ts");
    recordColdStart("timer-tick-wave");
    recordColdStart("timer-tick-wave");
    expect(output.metrics()).toMatchObject([{ ColdStart: 1, function_name: "timer-tick-wave", service: "sluice" }]);
  });

  it("of a wave have its name and none, for alarms over all waves, and leave out what is not known", async () => {
    const { recordWave } = await import("#functions/metrics.ts");
    recordWave(RUN, { TickMilliseconds: 12, FrozenSeconds: 0, MirrorDelaySeconds: undefined });
    recordWave(RUN, {});
    const [line, ...others] = output.metrics();
    expect(others).toEqual([]);
    expect(line).toMatchObject({ migration: "shop", wave: "payments", TickMilliseconds: 12, FrozenSeconds: 0 });
    expect(line).not.toHaveProperty("MirrorDelaySeconds");
    expect(line?.["_aws"]).toMatchObject({
      CloudWatchMetrics: [
        {
          Dimensions: [["service"], ["service", "migration", "wave"]],
          Metrics: [
            { Name: "TickMilliseconds", Unit: "Milliseconds" },
            { Name: "FrozenSeconds", Unit: "Seconds" },
          ],
        },
      ],
    });
  });

  const entry = (event: string, details: JournalEntry["details"] = {}): JournalEntry => ({
    ...RUN,
    sequence: 1,
    event,
    at: 1_005_500,
    by: "sluice",
    phase: "producers-moved",
    details,
    previousHash: "",
    hash: "h",
  });

  it.each([
    [entry("ProducersMoved", { frozenSince: 1_000_000 }), { FreezeSeconds: 5.5 }],
    [entry("WaveThawed", { frozenSince: 1_000_000 }), { FreezeSeconds: 5.5, Thaws: 1 }],
    [entry("WaveHeld", { kind: "late-writer" }), { Holds: 1, hold: "late-writer" }],
    [entry("ThawClaimed", { kind: "freeze-deadline" }), { Holds: 1, hold: "freeze-deadline" }],
    [entry("RollBackOrdered", { cause: "alarm" }), { RollBacks: 1, cause: "alarm" }],
  ])("count $event once it was announced", async (given, expected) => {
    const { countingAnnouncer } = await import("#functions/journal-metrics.ts");
    const announced: string[] = [];
    await countingAnnouncer({ announce: async ({ event }) => void announced.push(event) }).announce(given);
    expect(announced).toEqual([given.event]);
    expect(output.metrics()).toMatchObject([expected]);
  });

  it("count nothing of an entry that was not announced, and nothing of most", async () => {
    const { countingAnnouncer } = await import("#functions/journal-metrics.ts");
    const away = countingAnnouncer({ announce: () => Promise.reject(new RetryableFault("SNS is away")) });
    await expect(away.announce(entry("WaveHeld"))).rejects.toThrow("SNS is away");
    await countingAnnouncer({ announce: async () => undefined }).announce(entry("GateOpened"));
    expect(output.metrics()).toEqual([]);
  });
});
