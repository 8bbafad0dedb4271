import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  type Task,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { callAws } from "#adapters/aws/call-aws.ts";
import type { WorkerAddresses } from "#adapters/connect/connect-rest.ts";
import type { SecretReader } from "#adapters/secrets/secret-reader.ts";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { Migration } from "#core/migration/migration.ts";
import { mirrorSignIn } from "#core/migration/sign-in.ts";
import { mirrorEnds } from "#core/replication/mirror-ends.ts";
import { workerNames } from "#core/replication/worker-names.ts";
import type { ClusterAddresses } from "#use-cases/ports/cluster-addresses.ts";
import type { Direction, Workers, WorkersStatus } from "#use-cases/ports/replicator.ts";
import { contentLabel, taskFamily, type WorkerHome, workerTags, workerTaskDefinition } from "./task-definition.ts";
import { lastEnd, runningTask, taskAddress } from "./task-view.ts";
import { workerSignIn } from "./worker-sign-in.ts";

export type EcsWorkersSettings = {
  readonly ecs: ECSClient;
  readonly secrets: SecretReader;
  readonly addresses: ClusterAddresses;
  readonly migration: Migration;
  readonly home: WorkerHome;
  /** How long an address is believed before it is looked up again. */
  readonly addressSeconds?: number;
};

/** A migration's Connect workers: one ECS service of one Fargate task per direction. */
export const ecsWorkers = (settings: EcsWorkersSettings): Workers & WorkerAddresses => {
  const { ecs, home, migration } = settings;
  const addresses = new Map<Direction, { readonly url: string; readonly until: number }>();

  const describeService = async (direction: Direction): Promise<Service | undefined> => {
    const { service } = workerNames(migration.name, direction);
    const answer = await callAws(`describing ECS service ${service}`, () =>
      ecs.send(new DescribeServicesCommand({ cluster: home.cluster, services: [service] })),
    );
    const seen = answer.services?.[0];
    return seen === undefined || seen.status === "INACTIVE" ? undefined : seen;
  };

  const tasks = async (direction: Direction, desiredStatus: "RUNNING" | "STOPPED"): Promise<readonly Task[]> => {
    const { service } = workerNames(migration.name, direction);
    const listed = await callAws(`listing tasks of ECS service ${service}`, () =>
      ecs.send(new ListTasksCommand({ cluster: home.cluster, serviceName: service, desiredStatus })),
    ).catch(unlessNamed("ServiceNotFoundException"));
    const arns = listed?.taskArns ?? [];
    if (arns.length === 0) return [];
    const described = await callAws(`describing tasks of ECS service ${service}`, () =>
      ecs.send(new DescribeTasksCommand({ cluster: home.cluster, tasks: arns })),
    );
    return described.tasks ?? [];
  };

  const wantedDefinition = async (direction: Direction): Promise<ReturnType<typeof workerTaskDefinition>> => {
    const signIns = {
      source: mirrorSignIn(migration, direction, "source"),
      target: mirrorSignIn(migration, direction, "target"),
    };
    const signIn = await workerSignIn(settings, signIns[mirrorEnds(direction).downstream], signIns);
    return workerTaskDefinition(home, migration, direction, signIn);
  };

  /** The revision of that ARN, or the latest of that family, where it says what is wanted. */
  const sameDefinition = async (taskDefinition: string | undefined, content: string): Promise<string | undefined> => {
    const answer = await callAws(`describing task definition ${taskDefinition}`, () =>
      ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition })),
    ).catch(unlessNamed("ClientException", "TaskDefinitionNotFoundException"));
    const known = answer?.taskDefinition;
    const isSame =
      known?.status !== "INACTIVE" && known?.containerDefinitions?.[0]?.dockerLabels?.[contentLabel] === content;
    return isSame ? known.taskDefinitionArn : undefined;
  };

  const registeredDefinition = async ({
    content,
    ...wanted
  }: ReturnType<typeof workerTaskDefinition>): Promise<string> => {
    const known = await sameDefinition(wanted.family, content);
    if (known !== undefined) return known;
    const registered = await callAws(`registering task definition ${wanted.family}`, () =>
      ecs.send(new RegisterTaskDefinitionCommand(wanted)),
    ).catch(asOperatorFault(`task definition ${wanted.family}`));
    const arn = registered.taskDefinition?.taskDefinitionArn;
    if (arn === undefined) throw new RetryableFault(`ECS registered ${wanted.family} and named no revision`);
    return arn;
  };

  /** Why the task before this one ended, with what to look at; undefined where none did. */
  const earlierEnd = async (direction: Direction): Promise<string | undefined> => {
    const end = lastEnd(await tasks(direction, "STOPPED"));
    if (end === undefined) return undefined;
    const cure =
      end.exitCode === connectCouldNotStart ? `Connect could not start: check ${whatToCheck(direction)}; ` : "";
    return `${end.reason}; ${cure}see its log in ${home.logGroup}`;
  };

  const whatToCheck = (direction: Direction): string => {
    const side = mirrorEnds(direction).downstream;
    const { auth, bootstrapServers, cluster, principal, tls } = mirrorSignIn(migration, direction, side);
    const servers = bootstrapServers?.join(",") ?? cluster.msk?.arn ?? "";
    const certificate = tls
      ? `, that its brokers' certificates are signed by ${cluster.ca === undefined ? "a public authority" : `an authority of ${side}.ca`}`
      : "";
    const accepted: Readonly<Record<typeof auth.type, string>> = {
      none: "",
      scram: "secret" in auth ? `, that it accepts the username and password of secret ${auth.secret}` : "",
      mtls: "secret" in auth ? `, that it accepts the certificate of secret ${auth.secret}` : "",
      iam: "role" in auth ? `, that the workers' task role may assume ${auth.role}` : "",
    };
    return `that the ${side} cluster (${servers}) can be reached${certificate}${accepted[auth.type]} and that ${principal ?? "the mirror"} has its rights there`;
  };

  const reasonNotRunning = async (direction: Direction, service: Service): Promise<string> => {
    const end = await earlierEnd(direction);
    if (end !== undefined) return `${service.serviceName}: ${end}`;
    const event = service.events?.[0]?.message;
    return `${service.serviceName}: no task is running yet${event === undefined ? "" : `; ECS says: ${event}`}`;
  };

  const status = async (direction: Direction): Promise<WorkersStatus> => {
    const { service } = workerNames(migration.name, direction);
    const seen = await describeService(direction);
    if (seen === undefined) return { isReady: false, reason: `ECS service ${service} does not exist` };
    const task = runningTask(await tasks(direction, "RUNNING"));
    const url = task === undefined ? undefined : taskAddress(task);
    if (url === undefined) return { isReady: false, reason: await reasonNotRunning(direction, seen) };
    const health = await healthOf(url);
    if (health === "healthy") {
      remember(direction, url);
      return { isReady: true };
    }
    // A worker that ends again and again is mostly seen while it starts: what ended the one before says more.
    const end = await earlierEnd(direction);
    const now = `the worker at ${url} is not ready: ${health}`;
    return { isReady: false, reason: `${service}: ${end === undefined ? now : `${end}; by now ${now}`}` };
  };

  const remember = (direction: Direction, url: string): void => {
    addresses.set(direction, { url, until: Date.now() + (settings.addressSeconds ?? 60) * 1000 });
  };

  return {
    status,

    async launch(direction) {
      const { service } = workerNames(migration.name, direction);
      const wanted = await wantedDefinition(direction);
      const seen = await describeService(direction);
      if (seen?.status === "DRAINING")
        throw new RetryableFault(`ECS service ${service} is still going away; it can be created again when it is gone`);
      // By what it says, not by its number: waves that begin at once may each have registered a revision of the same, and
      // another revision is a redeployment, which every mirror of this worker stands still for.
      const runs = seen?.desiredCount === 1 ? seen.taskDefinition : undefined;
      if (runs !== undefined && (await sameDefinition(runs, wanted.content)) !== undefined) return;
      const taskDefinition = await registeredDefinition(wanted);
      if (seen !== undefined) {
        addresses.delete(direction);
        await callAws(`updating ECS service ${service}`, () =>
          ecs.send(new UpdateServiceCommand({ cluster: home.cluster, service, taskDefinition, desiredCount: 1 })),
        ).catch(asOperatorFault(`ECS service ${service}`));
        return;
      }
      const created = await callAws(`creating ECS service ${service}`, () =>
        ecs.send(
          new CreateServiceCommand({
            cluster: home.cluster,
            serviceName: service,
            taskDefinition,
            desiredCount: 1,
            launchType: "FARGATE",
            // Never two workers of one group at once: a deployment ends the old one first.
            deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 },
            networkConfiguration: {
              awsvpcConfiguration: {
                subnets: [...home.subnets],
                securityGroups: [...home.securityGroups],
                assignPublicIp: "DISABLED",
              },
            },
            propagateTags: "SERVICE",
            tags: workerTags(home.cluster, migration.name, direction),
          }),
        ),
      ).catch((error: unknown) => error);
      if (!(created instanceof Error)) return;
      // Two launches at once: one creates, the other finds the service there.
      if ((await describeService(direction))?.status === "ACTIVE") return;
      asOperatorFault(`ECS service ${service}`)(created);
    },

    async release(direction) {
      const { service } = workerNames(migration.name, direction);
      addresses.delete(direction);
      if ((await describeService(direction))?.status === "ACTIVE") {
        await callAws(`scaling ECS service ${service} to none`, () =>
          ecs.send(new UpdateServiceCommand({ cluster: home.cluster, service, desiredCount: 0 })),
        ).catch(unlessNamed("ServiceNotFoundException", "ServiceNotActiveException"));
        await callAws(`deleting ECS service ${service}`, () =>
          ecs.send(new DeleteServiceCommand({ cluster: home.cluster, service, force: true })),
        ).catch(unlessNamed("ServiceNotFoundException", "ServiceNotActiveException"));
      }
      for (const arn of await revisions(taskFamily(home.cluster, migration.name, direction)))
        await callAws(`deregistering ${arn}`, () =>
          ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn })),
        );
    },

    async restUrl(direction) {
      const known = addresses.get(direction);
      if (known !== undefined && known.until > Date.now()) return known.url;
      const task = runningTask(await tasks(direction, "RUNNING"));
      const url = task === undefined ? undefined : taskAddress(task);
      if (url === undefined) {
        const seen = await describeService(direction);
        const { service } = workerNames(migration.name, direction);
        throw new RetryableFault(
          `no ${direction} worker is running: ${seen === undefined ? `ECS service ${service} does not exist` : await reasonNotRunning(direction, seen)}`,
        );
      }
      remember(direction, url);
      return url;
    },

    forget(direction) {
      addresses.delete(direction);
    },

    async lastEnd(direction) {
      const end = await earlierEnd(direction);
      return end === undefined ? undefined : `${workerNames(migration.name, direction).service}: ${end}`;
    },
  };

  async function revisions(family: string): Promise<readonly string[]> {
    const arns: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await callAws(`listing revisions of ${family}`, () =>
        ecs.send(
          new ListTaskDefinitionsCommand({
            familyPrefix: family,
            status: "ACTIVE",
            ...(nextToken === undefined ? {} : { nextToken }),
          }),
        ),
      );
      arns.push(...(page.taskDefinitionArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    // The prefix also finds families whose names merely begin the same.
    return arns.filter((arn) => arn.slice(arn.lastIndexOf("/") + 1).replace(/:\d+$/, "") === family);
  }
};

const healthOf = async (url: string): Promise<string> => {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) });
    const text = await response.text();
    return response.status === 200 ? "healthy" : `/health says ${response.status}: ${text.slice(0, 200)}`;
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return `/health does not answer: ${reason}`;
  }
};

/** Connect's exit code where it cannot reach its cluster, sign in or read its own topics. */
const connectCouldNotStart = 2;

/** For `catch`: the named errors become undefined, anything else goes on. */
const unlessNamed =
  (...names: readonly string[]) =>
  (error: unknown): undefined => {
    if (error instanceof Error && names.includes(error.name)) return undefined;
    throw error;
  };

const asOperatorFault =
  (what: string) =>
  (error: unknown): never => {
    if (
      error instanceof Error &&
      /^(ClientException|InvalidParameterException|ClusterNotFoundException)$/.test(error.name)
    )
      throw new OperatorFault(`ECS refuses ${what}: ${error.message}; correct the deployment's worker settings`, {
        cause: error,
      });
    throw error;
  };
