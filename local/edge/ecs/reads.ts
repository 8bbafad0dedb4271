import type { Input } from "./inputs.ts";
import type { EcsStore } from "./store.ts";
import { arnOf, type Naming, serviceView, taskView } from "./views.ts";

type ReadName = "DescribeTasks" | "ListTasks" | "DescribeServices" | "ListServices";
export type EcsReads = { readonly [Name in ReadName]: (input: Input<Name>) => Promise<object> };

/** The calls of the ECS API that only look. */
export const ecsReads = ({ store, naming }: { readonly store: EcsStore; readonly naming: Naming }): EcsReads => ({
  async DescribeTasks(input) {
    const found = input.tasks.map((reference) => {
      const task = store.task(reference);
      return { reference, task: task?.cluster === input.cluster ? task : undefined };
    });
    return {
      tasks: found.flatMap(({ task }) => (task === undefined ? [] : [taskView(task, naming)])),
      failures: found.flatMap(({ reference, task }) =>
        task === undefined ? [{ arn: taskArnOf(reference, input.cluster, naming), reason: "MISSING" }] : [],
      ),
    };
  },

  async ListTasks(input) {
    const listed = store.tasks.filter(
      (task) =>
        task.cluster === input.cluster &&
        task.desiredStatus === input.desiredStatus &&
        (input.serviceName === undefined || task.group === `service:${input.serviceName}`) &&
        (input.family === undefined || task.plan.family === input.family) &&
        (input.startedBy === undefined || task.startedBy === input.startedBy),
    );
    return { taskArns: listed.map((task) => task.taskArn) };
  },

  async DescribeServices(input) {
    const found = input.services.map((name) => ({ name, service: store.service(input.cluster, name) }));
    return {
      services: found.flatMap(({ service }) =>
        service === undefined ? [] : [serviceView(service, store.living(service), naming)],
      ),
      failures: found.flatMap(({ name, service }) =>
        service === undefined ? [{ arn: arnOf(naming, "service", `${input.cluster}/${name}`), reason: "MISSING" }] : [],
      ),
    };
  },

  async ListServices(input) {
    const active = store.services.filter((s) => s.cluster === input.cluster && s.status !== "INACTIVE");
    return { serviceArns: active.map((s) => arnOf(naming, "service", `${s.cluster}/${s.name}`)) };
  },
});

const taskArnOf = (reference: string, cluster: string, naming: Naming): string =>
  reference.startsWith("arn:") ? reference : arnOf(naming, "task", `${cluster}/${reference}`);
