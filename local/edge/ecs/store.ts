import { join } from "node:path";
import { readJsonFile, writeJsonFile } from "../write-json-file.ts";
import { type Service, stateSchema, type Task } from "./records.ts";

/** How long ECS still shows what has ended. */
const SHOWN_MILLIS = 3600 * 1000;

/** Tasks and services, in memory and in `<state>/ecs.json`. */
export class EcsStore {
  readonly #path: string;
  readonly #tasks: Map<string, Task>;
  readonly #services: Map<string, Service>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, tasks: readonly Task[], services: readonly Service[]) {
    this.#path = path;
    this.#tasks = new Map(tasks.map((task) => [task.taskArn, task]));
    this.#services = new Map(services.map((service) => [`${service.cluster}/${service.name}`, service]));
  }

  static async open(stateDirectory: string): Promise<EcsStore> {
    const path = join(stateDirectory, "ecs.json");
    const kept = await readJsonFile(path, stateSchema);
    return new EcsStore(path, kept?.tasks ?? [], kept?.services ?? []);
  }

  get tasks(): readonly Task[] {
    return [...this.#tasks.values()];
  }

  get services(): readonly Service[] {
    return [...this.#services.values()];
  }

  /** By ARN or by id. */
  task(reference: string): Task | undefined {
    return this.#tasks.get(reference) ?? this.tasks.find((task) => task.taskArn.endsWith(`/${reference}`));
  }

  service(cluster: string, name: string): Service | undefined {
    return this.#services.get(`${cluster}/${name}`);
  }

  /** Tasks of a service that have not ended. */
  living(service: Service): readonly Task[] {
    return this.tasks.filter(
      (task) =>
        task.cluster === service.cluster && task.group === `service:${service.name}` && task.lastStatus !== "STOPPED",
    );
  }

  addTask(task: Task): void {
    this.#tasks.set(task.taskArn, task);
  }

  addService(service: Service): void {
    this.#services.set(`${service.cluster}/${service.name}`, service);
  }

  /** On disk when it resolves. */
  save(): Promise<void> {
    const write = this.#writing.then(() => {
      this.#forgetOld();
      return writeJsonFile(this.#path, { tasks: this.tasks, services: this.services });
    });
    this.#writing = write.catch(() => undefined);
    return write;
  }

  #forgetOld(): void {
    const before = Date.now() - SHOWN_MILLIS;
    for (const task of this.tasks) if ((task.stoppedAt ?? Infinity) < before) this.#tasks.delete(task.taskArn);
    for (const service of this.services) {
      if ((service.endedAt ?? Infinity) < before) this.#services.delete(`${service.cluster}/${service.name}`);
    }
  }
}
