import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { CreateClusterCommand, type ECSClient } from "@aws-sdk/client-ecs";
import {
  CreateStateMachineCommand,
  DescribeStateMachineCommand,
  type SFNClient,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import { CreateTopicCommand, type SNSClient } from "@aws-sdk/client-sns";
import { tableDefinition } from "#adapters/dynamodb/table.ts";
import type { MachineName } from "#core/wave/lifecycle.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import {
  CLUSTER,
  functionArn,
  roleArn,
  STATE_MACHINES,
  stateMachineArn,
  TABLE,
  TOPIC,
  topicArn,
} from "./local-account.ts";

// Each may run at any time and any number of times: after a restart moto has forgotten its part, DynamoDB Local has not.

export async function ensureTable(dynamodb: DynamoDBClient): Promise<void> {
  try {
    await dynamodb.send(new CreateTableCommand(tableDefinition(TABLE)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 30, minDelay: 1 }, { TableName: TABLE });
}

export async function ensureTopic(sns: SNSClient, region: string): Promise<void> {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: TOPIC }));
  expectArn(TopicArn, topicArn(region));
}

export async function ensureCluster(ecs: ECSClient): Promise<void> {
  await ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
}

/** The committed machines with this home's functions; executions that run keep the definition with which they began. */
export async function ensureStateMachines(sfn: SFNClient, region: string): Promise<void> {
  for (const machine of MACHINES) await ensureStateMachine(sfn, region, machine);
}

const MACHINES: readonly MachineName[] = ["wave", "way-back"];

async function ensureStateMachine(sfn: SFNClient, region: string, machine: MachineName): Promise<void> {
  const arn = stateMachineArn(region, machine);
  const definition = withFunctionArns(await readFile(definitionFile(machine), "utf8"), region);
  const isThere = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn: arn })).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && error.name === "StateMachineDoesNotExist") return false;
      throw error;
    },
  );
  if (isThere) {
    await sfn.send(new UpdateStateMachineCommand({ stateMachineArn: arn, definition }));
    return;
  }
  const name = STATE_MACHINES[machine];
  const created = await sfn.send(new CreateStateMachineCommand({ name, roleArn: roleArn(name), definition }));
  expectArn(created.stateMachineArn, arn);
}

const definitionFile = (machine: MachineName): string =>
  fileURLToPath(new URL(`../../state-machines/${machine}.asl.json`, import.meta.url));

/** Replaces each `${function-name}`; throws on a name that the manifest lacks, since its task could only fail. */
export function withFunctionArns(definition: string, region: string): string {
  return definition.replaceAll(/\$\{([^}]*)\}/g, (placeholder, name: string) => {
    if (!FUNCTIONS.some((entry) => entry.name === name))
      throw new Error(`a state machine: ${placeholder} names no function of functions/manifest.ts`);
    return functionArn(region, name);
  });
}

/** Handlers were told these ARNs before the things existed; another one would leave them talking to nothing. */
function expectArn(given: string | undefined, expected: string): void {
  if (given !== expected) throw new Error(`created ${given ?? "nothing"}, expected ${expected}`);
}
