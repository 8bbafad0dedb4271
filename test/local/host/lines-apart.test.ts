import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test, vi } from "vitest";
import type { FunctionEntry } from "#functions/manifest.ts";
import { hostTelemetry } from "#local/home/control-environment.ts";
import { captureOutput } from "../../functions/written-lines.ts";

afterAll(() => vi.unstubAllEnvs());

test("invocations at once in one host do not write of each other's waves", async () => {
  for (const [name, value] of Object.entries(hostTelemetry)) vi.stubEnv(name, value);
  vi.stubEnv("POWERTOOLS_LOG_LEVEL", "INFO");
  const { runInvocation } = await import("#local/host/run-invocation.ts");
  // As the host does: a handler is loaded by its first invocation.
  const load = async () => {
    const { namedIn, observed, tell } = await import("#functions/telemetry.ts");
    return observed<unknown, null, object>({ about: namedIn, outcome: () => ({}) }, async () => {
      for (let turn = 0; turn < 3; turn++) {
        await sleep(5);
        tell("at work");
      }
      return null;
    });
  };
  const output = captureOutput();
  const waves = ["payments", "orders", "returns"];
  await Promise.all(
    waves.map((wave) => {
      const entry: FunctionEntry = {
        name: `f-${wave}`,
        file: "f.ts",
        timeoutSeconds: 5,
        invokedBy: { kind: "function" },
      };
      const event = { migration: "shop", wave };
      return runInvocation({
        entry,
        load,
        event,
        requestId: `of-${wave}`,
        onLate: () => undefined,
      });
    }),
  );
  output.restore();
  const lines = output.lines();
  expect(lines).toHaveLength(waves.length * 4);
  for (const line of lines) {
    const wave = String(line["wave"]);
    expect(line).toMatchObject({ function_name: `f-${wave}`, function_request_id: `of-${wave}` });
  }
  expect(new Set(lines.map((line) => line["wave"]))).toEqual(new Set(waves));
  // What nobody would read here is not written.
  expect(output.metrics()).toEqual([]);
});
