import { setTimeout as sleep } from "node:timers/promises";
import { findCoordinatorV3 } from "@platformatic/kafka";
import { RetryableFault } from "#core/fault.ts";
import type { BrokerAddress } from "./broker-address.ts";
import type { BrokerMetadata } from "./broker-metadata.ts";
import type { ClusterIdentity } from "./cluster-settings.ts";
import { type Attempt, code, protocolFault } from "./faults.ts";

const groupKey = 0;

/** These say "find the coordinator again", or "in a moment"; a fresh cluster answers so until its offsets topic is there. */
const movingCodes: ReadonlySet<number> = new Set([
  code.coordinatorLoadInProgress,
  code.coordinatorNotAvailable,
  code.notCoordinator,
]);

/** Finds each group's coordinator, remembers it, and follows it when it moves. */
export class Coordinators {
  readonly #cluster: ClusterIdentity;
  readonly #metadata: BrokerMetadata;
  readonly #timeoutMilliseconds: number;
  readonly #known = new Map<string, BrokerAddress>();

  constructor(cluster: ClusterIdentity, metadata: BrokerMetadata, timeoutMilliseconds: number) {
    this.#cluster = cluster;
    this.#metadata = metadata;
    this.#timeoutMilliseconds = timeoutMilliseconds;
  }

  /** `codesOf` lists every error code of an answer; those that say the coordinator moves lead to another try. */
  async ask<Answer>(
    group: string,
    attempt: Attempt,
    send: (coordinator: BrokerAddress) => Promise<Answer>,
    codesOf: (answer: Answer) => readonly number[],
  ): Promise<Answer> {
    const startedAt = Date.now();
    for (let round = 0; ; round++) {
      let fault: RetryableFault;
      try {
        const answer = await send(await this.#find(group, attempt));
        const moving = codesOf(answer).find((c) => movingCodes.has(c));
        if (moving === undefined) return answer;
        fault = movingFault(attempt, moving);
      } catch (error) {
        if (!(error instanceof RetryableFault)) throw error;
        fault = error;
      }
      this.#known.delete(group);
      if (Date.now() - startedAt >= this.#timeoutMilliseconds) throw fault;
      await sleep(Math.min(20 * 2 ** round, 500));
    }
  }

  async #find(group: string, attempt: Attempt): Promise<BrokerAddress> {
    const known = this.#known.get(group);
    if (known) return known;
    const answer = await this.#metadata.anyBroker(findCoordinatorV3.api, groupKey, [group]);
    const [found] = answer.coordinators;
    if (!found) throw new RetryableFault(`No coordinator of group ${group} on the ${this.#cluster.side} cluster`);
    if (movingCodes.has(found.errorCode)) throw movingFault(attempt, found.errorCode);
    if (found.errorCode !== code.none) throw protocolFault(attempt, found.errorCode, found.errorMessage);
    const address = { host: found.host, port: found.port };
    this.#known.set(group, address);
    return address;
  }
}

function movingFault(attempt: Attempt, errorCode: number): RetryableFault {
  const fault = protocolFault(attempt, errorCode);
  return fault instanceof RetryableFault ? fault : new RetryableFault(fault.message);
}
