import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import { listenOnLoopback } from "#local/host/listen.ts";
import { freePort } from "#local/setup/free-port.ts";
import { migration, POSTING } from "../../in-memory/migration.ts";
import { type LocalWire, startLocalWire } from "../local-wire.ts";

/** What Lambda was asked to invoke: path, kind of invocation, event. */
const invoked: { readonly url: string; readonly kind: unknown; readonly event: unknown }[] = [];
const CONTEXT = { functionName: "f", awsRequestId: "request-1" };
let wire: LocalWire;
let lambda: Server;
beforeAll(async () => {
  wire = await startLocalWire();
  lambda = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => {
      body += part.toString();
    });
    request.on("end", () => {
      invoked.push({
        url: request.url ?? "",
        kind: request.headers["x-amz-invocation-type"],
        event: JSON.parse(body) as unknown,
      });
      response.writeHead(202).end();
    });
  });
  const port = await freePort();
  await listenOnLoopback(lambda, port);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${port}`,
    SLUICE_TICK_FUNCTION: "timer-tick-wave",
  });
});
afterAll(async () => {
  lambda?.close();
  await wire?.stop();
});

/** As EventBridge sends it; `more` is what AWS may add one day. */
const eventOf = (alarmName: string, value: string, more: object = {}) => ({
  version: "0",
  id: "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
  "detail-type": "CloudWatch Alarm State Change",
  source: "aws.cloudwatch",
  account: "123456789012",
  time: "2026-10-02T17:04:40Z",
  region: "eu-west-1",
  resources: [`arn:aws:cloudwatch:eu-west-1:123456789012:alarm:${alarmName}`],
  detail: {
    alarmName,
    configuration: { metrics: [] },
    previousState: { timestamp: "2026-10-02T16:04:40.000+0000", value: "OK" },
    state: { reason: "Threshold crossed", timestamp: "2026-10-02T17:04:40.000+0000", value },
    ...more,
  },
});

it("asks for a tick of each active wave that the alarm rolls back, whatever else the event says", async () => {
  const { handler } = await import("#functions/alarms/wake-ticks.ts");
  const store = dynamoWaveStore(wire.table);
  const file = migration({ policy: { alarms: [{ name: "errors", waves: ["payments"] }, { name: "latency" }] } });
  await store.createMigration(
    file,
    file.waves.map((wave) => plannedRow({ migration: "shop", wave: wave.name }, 1)),
    POSTING,
  );
  expect(await handler(eventOf("errors", "ALARM"), CONTEXT)).toEqual({ woken: 0 });
  for (const wave of ["payments", "orders"]) {
    const row = await store.wave({ migration: "shop", wave });
    if (row === undefined) throw new Error("no row");
    await store.write(row, { ...row, run: 1 }, [{ event: "WaveStarted", by: "olga" }], 1);
  }
  expect(await handler(eventOf("errors", "ALARM", { actionsSuppressedBy: "Alarm" }), CONTEXT)).toEqual({ woken: 1 });
  expect(invoked).toEqual([
    {
      url: "/2015-03-31/functions/timer-tick-wave/invocations",
      kind: "Event",
      event: { migration: "shop", wave: "payments" },
    },
  ]);
  expect(await handler(eventOf("latency", "OK"), CONTEXT)).toEqual({ woken: 2 });
  expect(await handler(eventOf("somebody else's", "ALARM"), CONTEXT)).toEqual({ woken: 0 });
  expect(invoked).toHaveLength(3);
  await expect(handler({ "detail-type": "Scheduled Event", detail: {} }, CONTEXT)).rejects.toThrow(/detail-type/);
});
