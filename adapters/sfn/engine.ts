import {
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { callAws } from "#adapters/aws/call-aws.ts";
import { OperatorFault } from "#core/fault.ts";
import { canonicalJson } from "#core/journal/canonical-json.ts";
import type { MachineName } from "#core/wave/lifecycle.ts";
import type { Engine, RunRef } from "#use-cases/ports/engine.ts";
import { executionName } from "./execution-name.ts";

/**
 * The state machines on Step Functions. Faults: an `OperatorFault` where the machine does not exist or the role may not use it;
 * a `RetryableFault` for throttling and an unreachable service.
 */
export const stepFunctionsEngine = ({
  client,
  arns,
}: {
  readonly client: SFNClient;
  readonly arns: Readonly<Record<MachineName, string>>;
}): Engine => ({
  async start(run, machine) {
    const stateMachineArn = arns[machine];
    const { migration, wave, attempt } = run;
    try {
      await callAws(`starting execution ${executionName(run)}`, () =>
        client.send(
          new StartExecutionCommand({
            stateMachineArn,
            name: executionName(run),
            input: canonicalJson({ migration, wave, attempt, run: run.run }),
          }),
        ),
      );
    } catch (error) {
      if (isNamed(error, "ExecutionAlreadyExists")) return;
      if (isNamed(error, "StateMachineDoesNotExist"))
        throw new OperatorFault(
          `state machine ${stateMachineArn} does not exist; expected the one of this deployment: deploy it, or correct ${VARIABLE[machine]}`,
          { cause: error },
        );
      throw error;
    }
  },

  async isRunning(run, machine) {
    try {
      const { status } = await callAws(`asking for execution ${executionName(run)}`, () =>
        client.send(new DescribeExecutionCommand({ executionArn: executionArn(arns[machine], run) })),
      );
      return status === "RUNNING" || status === "PENDING_REDRIVE";
    } catch (error) {
      if (isNamed(error, "ExecutionDoesNotExist")) return false;
      throw error;
    }
  },

  async sendToken(taskToken, output) {
    try {
      await callAws("sending a task token", () =>
        client.send(new SendTaskSuccessCommand({ taskToken, output: canonicalJson(output) })),
      );
      return "accepted";
    } catch (error) {
      // The execution ended, timed out or was lost; the row says what is next, and the timer starts it.
      if (isNamed(error, "TaskTimedOut", "InvalidToken", "TaskDoesNotExist")) return "refused";
      throw error;
    }
  },
});

const VARIABLE: Readonly<Record<MachineName, string>> = {
  wave: "SLUICE_STATE_MACHINE_ARN",
  "way-back": "SLUICE_WAY_BACK_MACHINE_ARN",
};

const executionArn = (stateMachineArn: string, run: RunRef): string =>
  `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${executionName(run)}`;

const isNamed = (error: unknown, ...names: string[]): boolean => error instanceof Error && names.includes(error.name);
