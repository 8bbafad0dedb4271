import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Reply } from "../reply.ts";
import { ecsActions } from "./actions.ts";
import { answerCall } from "./answer-call.ts";
import { findPlanIn } from "./find-plan.ts";
import type { LocalImage } from "./load-images.ts";
import { readSecretsFrom } from "./read-secrets.ts";
import type { Plan, Task } from "./records.ts";
import { serviceKeeper } from "./service-keeper.ts";
import { EcsStore } from "./store.ts";
import { type TaskRunner, taskRunner } from "./task-runner.ts";
import { arnOf, type Naming } from "./views.ts";

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
      return answerCall(actions, target, body);
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
