/** What a migration's workers of one direction are called, on ECS and on the cluster that they attach to. */
export type WorkerNames = {
  readonly service: string;
  readonly groupId: string;
  /** Of the worker's own topics: `<prefix>configs`, `<prefix>offsets`, `<prefix>status`. */
  readonly internalTopicPrefix: string;
};

export const workerNames = (migration: string, direction: "forward" | "reverse"): WorkerNames => {
  const name = `sluice-${migration}-${direction}`;
  return { service: name, groupId: name, internalTopicPrefix: `${name}-` };
};
