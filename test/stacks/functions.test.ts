import { describe, expect, inject, it } from "vitest";
import { policySchema } from "#core/migration/defaults.ts";
import { HANDED_OVER_SECONDS } from "#functions/handed-over-seconds.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import { STEP_TIMEOUT_SECONDS } from "#state-machines/states.ts";
import { NEEDS, variablesOf } from "../../stacks/needs.ts";
import { isInVpc } from "../../stacks/rights.ts";
import { below, deployed, HANDED_OVER, NAMES, ofType, production, trial } from "./graph.ts";

const bundles = inject("bundles");

describe("the functions of a stage", () => {
  it("are those of the manifest, each with a line in stacks/needs.ts", () => {
    for (const graph of [production, trial])
      expect(
        ofType("aws:lambda/function:Function", graph)
          .map(({ inputs }) => String(inputs["description"]))
          .sort(),
      ).toEqual(FUNCTIONS.map(({ file }) => `functions/${file}`).sort());
    expect(Object.keys(NEEDS).sort()).toEqual([...NAMES].sort());
  });

  it.each(FUNCTIONS)("$name runs on Node 24 and arm64, is bounded, keeps its log and hands on what failed", (entry) => {
    const { function: made, logGroup, invocation } = deployed(entry.name);
    expect(made.inputs).toMatchObject({
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      handler: "index.handler",
      timeout: entry.timeoutSeconds,
      loggingConfig: { logFormat: "JSON", logGroup: `/aws/lambda/sluice-production-${entry.name}` },
      tracingConfig: { mode: "Active" },
    });
    expect(made.inputs["memorySize"]).toBeGreaterThanOrEqual(256);
    expect(logGroup.inputs).toMatchObject({ name: below(made, "loggingConfig")["logGroup"], retentionInDays: 30 });
    expect(invocation.inputs).toMatchObject({
      maximumRetryAttempts: 2,
      destinationConfig: { onFailure: { destination: expect.stringMatching(/:sluice-production-failed-events$/) } },
    });
    expect(invocation.inputs["maximumEventAgeInSeconds"]).toBeLessThanOrEqual(3600);
  });

  it("that do steps end before a step's lease, and that before the state gives up", () => {
    const { leaseSeconds } = policySchema.parse({});
    const steps = FUNCTIONS.filter(({ invokedBy }) => invokedBy.kind === "state-machine");
    expect(steps.length).toBeGreaterThan(5);
    for (const { name } of steps)
      expect(deployed(name).function.inputs["timeout"], name).toBeLessThanOrEqual(leaseSeconds);
    expect(leaseSeconds).toBeLessThan(STEP_TIMEOUT_SECONDS);
  });

  it("are in the VPC exactly where they reach Kafka, Connect or a registry", () => {
    for (const { name } of FUNCTIONS) {
      // Whoever signs in to brokers reads how from a secret.
      const reaches =
        bundles.find((bundle) => bundle.name === name)?.operations.includes("secretsmanager:GetSecretValue") ?? false;
      expect(isInVpc(name), name).toBe(reaches);
      const { vpcConfig } = deployed(name).function.inputs;
      if (reaches) expect(vpcConfig, name).toMatchObject({ subnetIds: [expect.any(String), expect.any(String)] });
      else expect(vpcConfig, name).toBeUndefined();
    }
    expect(FUNCTIONS.filter(({ name }) => isInVpc(name)).length).toBeGreaterThan(5);
  });

  it.each(bundles)("$name gets every variable that its bundle can ask for, and no other", ({ name, variables }) => {
    expect([...variablesOf(name)].sort()).toEqual(variables);
    const given = below(deployed(name).function, "environment")["variables"] as Readonly<Record<string, string>>;
    expect(
      Object.keys(given)
        .filter((variable) => variable.startsWith("SLUICE_"))
        .sort(),
    ).toEqual(variables);
    for (const variable of variables.filter((one) => !["SLUICE_READERS", "SLUICE_SSO_ROLES"].includes(one)))
      expect(given[variable], variable).not.toBe("");
  });

  it("that hand a command over wait longer than it may take, and API Gateway longer than they do", () => {
    const { worker, wait, route } = HANDED_OVER_SECONDS;
    for (const [name, routes] of Object.entries(HANDED_OVER)) {
      expect(deployed(`commands-${name}`).function.inputs["timeout"], name).toBe(worker);
      for (const one of routes) expect(deployed(`http-${one}`).function.inputs["timeout"], one).toBe(route);
    }
    // Room for a cold start of either, and for the answer.
    expect(wait - worker).toBeGreaterThanOrEqual(5);
    expect(route - wait).toBeGreaterThanOrEqual(2);
    expect(route).toBeLessThan(30);
  });

  it("that stand by a freeze have capacity of their own, and ticks cannot take everybody's", () => {
    for (const name of [
      "steps-cutover",
      "steps-thaw",
      "timer-thaw-at-deadline",
      "commands-thaw-wave",
      "timer-tick-wave",
    ])
      expect(deployed(name).function.inputs["reservedConcurrentExecutions"], name).toBeGreaterThan(0);
    const reserved = ofType("aws:lambda/function:Function").map(({ inputs }) =>
      Number(inputs["reservedConcurrentExecutions"] ?? 0),
    );
    // AWS keeps 100 of an account's 1,000 free, and other applications want some.
    expect(reserved.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(200);
  });
});
