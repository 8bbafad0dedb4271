import type { MachineName } from "#core/wave/lifecycle.ts";

/** Names and ARNs of the one machine's account. All are known before anything runs, so that a restarted moto changes none. */
export const ACCOUNT = "123456789012";
export const DEFAULT_REGION = "eu-west-1";
export const TABLE = "sluice";
export const STATE_MACHINES: Readonly<Record<MachineName, string>> = {
  wave: "sluice-wave",
  "way-back": "sluice-way-back",
};
export const TOPIC = "sluice-transitions";
export const CLUSTER = "sluice";
export const WORKER_IMAGE = "sluice/connect:1";

export const functionArn = (region: string, name: string): string =>
  `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;
export const stateMachineArn = (region: string, machine: MachineName): string =>
  `arn:aws:states:${region}:${ACCOUNT}:stateMachine:${STATE_MACHINES[machine]}`;
export const topicArn = (region: string): string => `arn:aws:sns:${region}:${ACCOUNT}:${TOPIC}`;
export const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
