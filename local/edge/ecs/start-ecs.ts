import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { jsonReply, type Reply } from "../reply.ts";
import { type EcsActions, ecsActions } from "./actions.ts";
import { EcsError } from "./ecs-error.ts";
import { findPlanIn } from "./find-plan.ts";
import { inputs } from "./inputs.ts";
import type { LocalImage } from "./load-images.ts";
import { readSecretsFrom } from "./read-secrets.ts";
import type { Plan, Task } from "./records.ts";
import { serviceKeeper } from "./service-keeper.ts";
import { EcsStore } from "./store.ts";
import { type TaskRunner, taskRunner } from "./task-runner.ts";
import { arnOf, type Naming } from "./views.ts";

const TARGET = /^AmazonEC2ContainerServiceV20141113\.(\w+)$/;

export type Ecs = {
  /** The answer to an ECS call of tasks or services; undefined for calls that are moto's. */
  answer(target: string, body: Buffer): Promise<Reply> | undefined;
  /**
   * Ends every task and resolves to their ARNs when all are gone. Services keep their desired count, so that the next
   * edge on this state starts their tasks again; this one starts none.
   */
  stopTasks(): Promise<readonly string[]>;
  /** Lets go of the tasks, which live on. */
  end(): void;
};

/** Tasks and services of ECS as local processes, beginning with those that an earlier edge left in the state directory. */
export async function startEcs(o: {
  readonly moto: ECSClient;
  readonly secrets: SecretsManagerClient;
  readonly images: ReadonlyMap<string, LocalImage>;
  readonly naming: Naming;
  readonly stateDirectory: string;
}): Promise<Ecs> {
  const store = await EcsStore.open(o.stateDirectory);
  const newTask = (cluster: string, plan: Plan, group: string, startedBy: string | undefined): Task => ({
    taskArn: arnOf(o.naming, "task", `${cluster}/${randomUUID().replaceAll("-", "")}`),
    cluster,
    plan,
    group,
    ...(startedBy === undefined ? {} : { startedBy }),
    lastStatus: "PROVISIONING",
    desiredStatus: "RUNNING",
    createdAt: Date.now(),
    ports: [],
  });
  const runner: TaskRunner = taskRunner({
    store,
    images: o.images,
    readSecrets: readSecretsFrom(o.secrets),
    stateDirectory: o.stateDirectory,
    region: o.naming.region,
    onStopped: (task) => keeper.taskStopped(task),
  });
  const keeper = serviceKeeper({ store, runner, newTask });
  const actions = ecsActions({
    store,
    runner,
    keeper,
    findPlan: findPlanIn(o.moto, o.images),
    naming: o.naming,
    newTask,
  });
  await runner.adopt();
  await keeper.reconcile();

  return {
    answer(target, body) {
      const name = TARGET.exec(target)?.[1];
      return isAction(name) ? answerWith(actions, name, body) : undefined;
    },
    async stopTasks() {
      keeper.end();
      const living = store.tasks.filter((task) => task.lastStatus !== "STOPPED");
      for (const task of living) await runner.stop(task, "UserInitiated", "The control plane is ending");
      while (living.some((task) => task.lastStatus !== "STOPPED")) await sleep(50);
      return living.map((task) => task.taskArn);
    },
    end() {
      keeper.end();
      runner.end();
    },
  };
}

const isAction = (name: string | undefined): name is keyof typeof inputs =>
  name !== undefined && Object.hasOwn(inputs, name);

async function answerWith<Name extends keyof typeof inputs>(
  actions: EcsActions,
  name: Name,
  body: Buffer,
): Promise<Reply> {
  const parsed = inputs[name].safeParse(JSON.parse(body.toString() || "{}"));
  if (!parsed.success) return refusal("InvalidParameterException", z.prettifyError(parsed.error));
  try {
    // The schema of this name made the input of this name, which the compiler cannot see through the index.
    return jsonReply(200, await (actions[name] as (input: unknown) => Promise<object>)(parsed.data));
  } catch (error) {
    if (error instanceof EcsError) return refusal(error.name, error.message);
    throw error;
  }
}

const refusal = (name: string, message: string): Reply =>
  jsonReply(400, { __type: name, message }, { "content-type": "application/x-amz-json-1.1" });
