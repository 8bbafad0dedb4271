import { partitionKey } from "#core/kafka/topic-partition.ts";
import { addressKey, type BrokerAddress } from "./broker-address.ts";
import type { Connections } from "./connections.ts";
import { type FetchAnswer, type FetchQuestion, fetchBytes } from "./fetch.ts";

/** Up to this many bytes of a partition a fetch is small: such are asked for together. */
export const smallFetchBytes = 65_536;
/** Four mebibytes of answer at the most. */
const partitionsPerFetch = 64;

type Batch = { readonly questions: Map<string, FetchQuestion>; readonly answer: Promise<FetchAnswer> };

/**
 * Small fetches that are wanted in the same turn of the event loop reach their leader as one request: a tick that looks at
 * two hundred partitions asks a few times, not two hundred. Large ones go alone, so that one is read while the next is on its way.
 */
export class Fetches {
  readonly #connections: Connections;
  readonly #gathering = new Map<string, Batch[]>();

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  ask(leader: BrokerAddress, question: FetchQuestion): Promise<FetchAnswer> {
    if (question.maxBytes > smallFetchBytes) return this.#connections.ask(leader, fetchBytes, [question]);
    const to = `${addressKey(leader)} ${question.isCommittedOnly}`;
    const name = partitionKey(question);
    const batches = this.#gathering.get(to) ?? [];
    this.#gathering.set(to, batches);
    const open = batches.find(({ questions }) => questions.size < partitionsPerFetch && !questions.has(name));
    const batch = open ?? this.#begin(leader, to);
    if (open === undefined) batches.push(batch);
    batch.questions.set(name, question);
    return batch.answer;
  }

  #begin(leader: BrokerAddress, to: string): Batch {
    const questions = new Map<string, FetchQuestion>();
    const answer = new Promise((resolve) => setImmediate(resolve)).then(() => {
      this.#gathering.delete(to);
      return this.#connections.ask(leader, fetchBytes, [...questions.values()]);
    });
    return { questions, answer };
  }
}
