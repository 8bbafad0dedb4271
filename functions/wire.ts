/** The one place that puts things together. Everything is made when first asked for and kept while the environment lives. */
import { createHash, randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { stepFunctionsEngine } from "#adapters/sfn/engine.ts";
import { snsAnnouncer } from "#adapters/sns/announcer.ts";
import { ssmClientSwitch } from "#adapters/ssm/client-switch.ts";
import type { ClientSwitch } from "#use-cases/ports/client-switch.ts";
import type { Clock } from "#use-cases/ports/clock.ts";
import type { Announcer, Engine } from "#use-cases/ports/engine.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import { environment } from "./environment.ts";

const lazy = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** The region, credentials and endpoints come from the environment, which the SDK reads itself. */
const CLIENT = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 },
} as const;

export const clock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds) => {
    await wait(milliseconds);
  },
};
export const newId = (): string => randomUUID();
export const hash = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

export const waveStore: () => WaveStore = lazy(() =>
  dynamoWaveStore({ client: new DynamoDBClient(CLIENT), tableName: environment("SLUICE_TABLE") }),
);
export const engine: () => Engine = lazy(() =>
  stepFunctionsEngine({ client: new SFNClient(CLIENT), stateMachineArn: environment("SLUICE_STATE_MACHINE_ARN") }),
);
export const announcer: () => Announcer = lazy(() =>
  snsAnnouncer({ client: new SNSClient(CLIENT), topicArn: environment("SLUICE_TOPIC_ARN") }),
);
export const clientSwitch: () => ClientSwitch = lazy(() => ssmClientSwitch({ client: new SSMClient(CLIENT) }));
/** Stream records carry the table's keys, which only its adapter can read. */
export { isEventKey, waveOfEventKey } from "#adapters/dynamodb/keys.ts";
