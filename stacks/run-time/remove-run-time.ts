/** What the control plane itself made for migrations of one stage, and their removal. The stage's own resources are SST's. */
import {
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  paginateListServices,
  paginateListTaskDefinitionFamilies,
  paginateListTaskDefinitions,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { DeleteScheduleCommand, paginateListSchedules, type SchedulerClient } from "@aws-sdk/client-scheduler";
import { clusterTag } from "#adapters/ecs/task-definition.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { prefixOf, scheduleGroup } from "../names.ts";

export type Removal =
  | { readonly removed: readonly string[] }
  /** Nothing was touched. */
  | { readonly refused: string };

const SERVICES_AT_ONCE = 10;
type Tags = readonly { readonly key?: string; readonly value?: string }[] | undefined;

/** Removes services, revisions of task definitions and one-shot schedules; refuses while a wave is active. */
export async function removeRunTime(o: {
  readonly stage: string;
  readonly ecs: ECSClient;
  readonly scheduler: SchedulerClient;
  /** Waves that were started and did not end. */
  readonly activeWaves: () => Promise<readonly WaveRef[]>;
}): Promise<Removal> {
  const active = await o.activeWaves();
  if (active.length > 0)
    return {
      refused: `stage ${o.stage} has active waves (${active.map(({ migration, wave }) => `${wave} of ${migration}`).join(", ")}): their clients and fences would be left as they are now. Seal, roll back or abort each, then remove the stage`,
    };
  const cluster = prefixOf(o.stage);
  const isOurs = (tags: Tags): boolean =>
    tags?.some(({ key, value }) => key === clusterTag && value === cluster) ?? false;
  const removed: string[] = [];
  for (const service of await servicesOf(o.ecs, cluster, isOurs)) {
    await o.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }));
    await o.ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
    removed.push(`ECS service ${service}`);
  }
  for (const taskDefinition of await revisionsOf(o.ecs, cluster, isOurs)) {
    await o.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
    removed.push(`task definition ${taskDefinition.slice(taskDefinition.lastIndexOf("/") + 1)}`);
  }
  const GroupName = scheduleGroup(o.stage);
  for (const Name of await schedulesOf(o.scheduler, GroupName)) {
    await o.scheduler.send(new DeleteScheduleCommand({ GroupName, Name }));
    removed.push(`schedule ${Name}`);
  }
  return { removed };
}

async function servicesOf(
  ecs: ECSClient,
  cluster: string,
  isOurs: (tags: Tags) => boolean,
): Promise<readonly string[]> {
  const arns: string[] = [];
  try {
    for await (const page of paginateListServices({ client: ecs }, { cluster })) arns.push(...(page.serviceArns ?? []));
  } catch (error) {
    if (isNamed(error, "ClusterNotFoundException")) return [];
    throw error;
  }
  const found: string[] = [];
  for (let from = 0; from < arns.length; from += SERVICES_AT_ONCE) {
    const services = arns.slice(from, from + SERVICES_AT_ONCE);
    const described = await ecs.send(new DescribeServicesCommand({ cluster, services, include: ["TAGS"] }));
    for (const { serviceName, status, tags } of described.services ?? [])
      if (serviceName !== undefined && status !== "INACTIVE" && isOurs(tags)) found.push(serviceName);
  }
  return found;
}

async function revisionsOf(
  ecs: ECSClient,
  cluster: string,
  isOurs: (tags: Tags) => boolean,
): Promise<readonly string[]> {
  const found: string[] = [];
  const families: string[] = [];
  const ofCluster = { familyPrefix: `${cluster}-`, status: "ACTIVE" as const };
  for await (const page of paginateListTaskDefinitionFamilies({ client: ecs }, ofCluster))
    families.push(...(page.families ?? []));
  for (const familyPrefix of families)
    for await (const page of paginateListTaskDefinitions({ client: ecs }, { familyPrefix, status: "ACTIVE" }))
      for (const taskDefinition of page.taskDefinitionArns ?? []) {
        // Another stage's name may begin with this one's: the tag decides.
        const { tags } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ["TAGS"] }));
        if (isOurs(tags)) found.push(taskDefinition);
      }
  return [...new Set(found)];
}

async function schedulesOf(scheduler: SchedulerClient, GroupName: string): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for await (const page of paginateListSchedules({ client: scheduler }, { GroupName }))
      found.push(...(page.Schedules ?? []).flatMap(({ Name }) => (Name === undefined ? [] : [Name])));
  } catch (error) {
    if (!isNamed(error, "ResourceNotFoundException")) throw error;
  }
  return found;
}

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;
