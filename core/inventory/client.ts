import type { Source } from "./source.ts";

/** Who reads and writes, joined from members, producers, ACLs, registry subjects and the migration file. */
export type EstateClient = {
  /** The best name there is: the file's, else the client id, the principal, or the producer id. */
  readonly name: string;
  readonly principals: readonly string[];
  readonly clientIds: readonly string[];
  readonly hosts: readonly string[];
  readonly groups: readonly string[];
  readonly transactionalIds: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Undefined: nobody claims it. */
  readonly owner: string | undefined;
  readonly sources: readonly Source[];
};
