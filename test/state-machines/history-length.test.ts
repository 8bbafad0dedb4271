import { describe, expect, it } from "vitest";
import { policySchema } from "#core/migration/defaults.ts";
import { migrationSchema } from "#core/migration/migration.ts";
import { mostGroups } from "#core/migration/wave-plan.ts";
import { LIFECYCLE } from "#core/wave/lifecycle.ts";
import { migrationFile, waveFile } from "../in-memory/migration.ts";
import { functionOf, type State, waveMachineAsCommitted } from "./machine.ts";

/** A standard execution fails at 25,000 events; half of it is left for faults that nobody foresaw. */
const HALF_THE_LIMIT = 12_500;
const { stateAt, choose } = waveMachineAsCommitted;
const policy = policySchema.parse({});
/** A handler stops itself at three quarters of its lease, gives the step back and is called again. */
const SECONDS_OF_ONE_INVOCATION = policy.leaseSeconds * 0.75;

/** Entered, scheduled, started, succeeded, exited; a token's task is submitted too. Each retry fails, and is scheduled and started again. */
const eventsOf = ({ Type, Parameters }: State): number =>
  Type !== "Task" ? 2 : 5 + ("token.$" in (Parameters?.Payload ?? {}) ? 1 : 0);
const eventsOfRetries = ({ Retry = [] }: State): number =>
  Retry.reduce((sum, { MaxAttempts }) => sum + 3 * MaxAttempts, 0);
const asking = eventsOf(stateAt("WhereNow")) + eventsOf(stateAt("Choose"));
const invocationsWithin = (seconds: number): number => Math.ceil(seconds / SECONDS_OF_ONE_INVOCATION) + 1;

/** How long a step may work under the policy before it is done or held. */
const longestSeconds = (step: string): number => {
  if (step === "move-consumers") return mostGroups * policy.groupPauseLimitSeconds;
  return policy.workersStartSeconds + 3 * policy.connectorStartSeconds + policy.drainSeconds + policy.groupStartSeconds;
};

describe("the history of one execution", () => {
  it("stays below half of the engine's limit for the largest wave, with every step at its bound and tried to the last", () => {
    let events = 2;
    for (const row of LIFECYCLE) {
      const state = stateAt(choose(row.doing) === "Thaw" ? "Cutover" : choose(row.doing));
      if (row.gates.length > 0) events += asking + eventsOf(stateAt(choose(row.from)));
      events += invocationsWithin(longestSeconds(row.step)) * (asking + eventsOf(state)) + eventsOfRetries(state);
      expect(functionOf(state), row.step).toBeDefined();
    }
    expect(events).toBeGreaterThan(mostGroups * asking);
    expect(events).toBeLessThan(HALF_THE_LIMIT);
  });

  it("is bounded by the file: a wave of more groups is refused, by name and with the cure", () => {
    const wave = waveFile("payments");
    const groups = Array.from({ length: mostGroups + 1 }, (_, index) => ({
      id: `g-${index}`,
      owner: "team",
      reset: "latest",
    }));
    const parsed = migrationSchema.safeParse(migrationFile({ waves: [{ ...wave, groups }] }));
    expect(JSON.stringify(parsed.error?.issues)).toContain(
      `at most ${mostGroups} groups move in one wave; cut it into several`,
    );
  });
});
