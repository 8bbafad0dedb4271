/** Names are fixed before anything exists, so that functions, machines and roles can speak of each other without a circle. */
import type { MachineName } from "#core/wave/lifecycle.ts";
import { FUNCTIONS, type FunctionEntry } from "#functions/manifest.ts";

/** Where a stage lives. */
export type Place = { readonly stage: string; readonly region: string; readonly account: string };

export const APP = "sluice";
export const MACHINES: readonly MachineName[] = ["wave", "way-back"];

export const prefixOf = (stage: string): string => `${APP}-${stage}`;
export const functionName = (stage: string, name: string): string => `${prefixOf(stage)}-${name}`;

const arn = (place: Place, service: string, resource: string): string =>
  `arn:aws:${service}:${place.region}:${place.account}:${resource}`;

export const functionArn = (place: Place, name: string): string => {
  functionNamed(name);
  return arn(place, "lambda", `function:${functionName(place.stage, name)}`);
};
export const machineName = (stage: string, machine: MachineName): string => `${prefixOf(stage)}-${machine}`;
export const machineArn = (place: Place, machine: MachineName): string =>
  arn(place, "states", `stateMachine:${machineName(place.stage, machine)}`);
export const executionsArn = (place: Place, machine: MachineName): string =>
  arn(place, "states", `execution:${machineName(place.stage, machine)}:*`);
export const scheduleGroup = (stage: string): string => `${prefixOf(stage)}-deadlines`;
export const schedulesArn = (place: Place): string =>
  arn(place, "scheduler", `schedule/${scheduleGroup(place.stage)}/*`);
export const queueArn = (place: Place, name: string): string => arn(place, "sqs", `${prefixOf(place.stage)}-${name}`);
export const roleArn = (place: Place, name: string): string =>
  `arn:aws:iam::${place.account}:role/${prefixOf(place.stage)}-${name}`;
export const tableName = (stage: string): string => prefixOf(stage);
export const topicArn = (place: Place): string => arn(place, "sns", `${prefixOf(place.stage)}-transitions`);
export const logGroupArn = (place: Place, group: string): string => arn(place, "logs", `log-group:${group}`);
export const functionLogGroup = (stage: string, name: string): string => `/aws/lambda/${functionName(stage, name)}`;
export const workerLogGroup = (stage: string): string => `/ecs/${prefixOf(stage)}-workers`;
/** ECS services of the stage's cluster, its tasks, and the families of task definitions that the control plane registers. */
export const servicesArn = (place: Place): string => arn(place, "ecs", `service/${prefixOf(place.stage)}/*`);
export const tasksArn = (place: Place): string => arn(place, "ecs", `task/${prefixOf(place.stage)}/*`);
export const clusterArn = (place: Place): string => arn(place, "ecs", `cluster/${prefixOf(place.stage)}`);
export const taskDefinitionsArn = (place: Place): string =>
  arn(place, "ecs", `task-definition/${prefixOf(place.stage)}-*:*`);

/** `http-read-wave` as SST names a component: `HttpReadWave`. */
export const componentName = (name: string): string =>
  name.replaceAll(/(^|-)([a-z])/g, (_all, _dash, letter: string) => letter.toUpperCase());

export function functionNamed(name: string): FunctionEntry {
  const found = FUNCTIONS.find((entry) => entry.name === name);
  if (found === undefined)
    throw new Error(`functions/manifest.ts has no ${name}; correct the name, or add the function`);
  return found;
}
