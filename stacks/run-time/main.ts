/**
 * `npm run teardown -- --stage S [--region R]`: removes what the control plane made for migrations of a stage. Removing the
 * stage runs it first. Ends with 1, and has touched nothing, while a wave is active.
 */
import { parseArgs } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { activeWaves } from "./active-waves.ts";
import { removeRunTime } from "./remove-run-time.ts";

const end = (message: string): never => {
  process.stderr.write(`teardown: ${message}\n`);
  process.exit(1);
};

const { stage, region } = parseArgs({
  options: { stage: { type: "string" }, region: { type: "string" } },
}).values;
if (stage === undefined) end("--stage is missing; expected npm run teardown -- --stage STAGE");
else {
  const settings = region === undefined ? {} : { region };
  try {
    const dynamodb = new DynamoDBClient(settings);
    const removal = await removeRunTime({
      stage,
      ecs: new ECSClient(settings),
      scheduler: new SchedulerClient(settings),
      activeWaves: () => activeWaves(dynamodb, stage),
    });
    if ("refused" in removal) end(removal.refused);
    else
      process.stdout.write(
        `${removal.removed.length === 0 ? `stage ${stage} has nothing that was made at run time` : removal.removed.map((what) => `removed ${what}`).join("\n")}\n`,
      );
  } catch (error) {
    end(error instanceof Error ? error.message : String(error));
  }
}
