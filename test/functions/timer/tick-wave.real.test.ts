import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import { handlerEnvironment } from "#local/home/control-environment.ts";
import { migration, POSTING } from "../../in-memory/migration.ts";
import { type LocalWire, REGION, startLocalWire } from "../local-wire.ts";
import { captureOutput } from "../written-lines.ts";

const REF = { migration: "shop", wave: "payments" };
const HELD_FOR = 90_000;
let wire: LocalWire;

beforeAll(async () => {
  wire = await startLocalWire();
  const { SLUICE_TABLE: _, SLUICE_TOPIC_ARN: __, ...names } = handlerEnvironment(REGION, wire.directory);
  for (const [name, value] of Object.entries({
    ...names,
    POWERTOOLS_METRICS_DISABLED: "false",
    POWERTOOLS_LOG_LEVEL: "INFO",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  }))
    vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await wire?.stop();
});

it("a tick measures its wave (here by snapshots, which nobody took) and announces what is missing: the lines that CloudWatch makes metrics of", async () => {
  const store = dynamoWaveStore(wire.table);
  const file = migration();
  await store.createMigration(
    file,
    file.waves.map(({ name }) => plannedRow({ migration: "shop", wave: name }, 1)),
    POSTING,
  );
  const row = await store.wave(REF);
  if (row === undefined) throw new Error("no row");
  const hold = { kind: "step-failed", by: "sluice", at: Date.now() - HELD_FOR, reason: "r", cure: "c" } as const;
  await store.write(
    row,
    { ...row, run: 1, hold },
    [
      { event: "WaveStarted", by: "olga" },
      { event: "WaveHeld", by: "sluice", details: { kind: hold.kind, reason: "r", cure: "c" } },
    ],
    Date.now(),
  );

  const output = captureOutput();
  const { handler } = await import("#functions/timer/tick-wave.ts");
  const context = {
    functionName: "timer-tick-wave",
    awsRequestId: "request-1",
    getRemainingTimeInMillis: () => 50_000,
  };
  expect(await handler(REF, context)).toEqual({ outcome: "ticked" });
  expect(await handler(REF, context)).toEqual({ outcome: "ticked" });
  output.restore();

  expect(await wire.announced()).toEqual(["payments 1", "payments 2", "payments 3"]);
  const metrics = output.metrics();
  expect(metrics.filter((line) => "ColdStart" in line)).toMatchObject([{ function_name: "timer-tick-wave" }]);
  // Counted when it was announced, and so once.
  expect(metrics.filter((line) => "Holds" in line)).toMatchObject([{ ...REF, Holds: 1, hold: "step-failed" }]);
  const ticks = metrics.filter((line) => "TickMilliseconds" in line);
  expect(ticks).toHaveLength(2);
  for (const tick of ticks) {
    expect(tick).toMatchObject({ ...REF, TickBusy: 0, FrozenSeconds: 0 });
    expect(tick["HeldSeconds"]).toBeGreaterThanOrEqual(HELD_FOR / 1000);
    expect(tick["HeldSeconds"]).toBeLessThan(HELD_FOR / 1000 + 60);
    expect(tick["TickMilliseconds"]).toBeGreaterThan(0);
  }
  expect(output.lines()).toMatchObject([1, 2].map(() => ({ ...REF, message: "invocation ended", outcome: "ticked" })));
});
