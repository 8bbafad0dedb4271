/** Where a cluster's brokers listen for one sign-in. Faults as in `cluster.ts`. */
import type { SignIn } from "#core/migration/sign-in.ts";

export interface ClusterAddresses {
  /**
   * `host:port` each: those that the file names, or those that MSK gives for a cluster's ARN. An ARN of no cluster, a cluster that
   * cannot serve, or one that does not offer this sign-in is an OperatorFault that says which.
   */
  bootstrapServers(signIn: SignIn): Promise<readonly string[]>;
}
