import { type API, metadataV10 } from "@platformatic/kafka";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { addressKey, type BrokerAddress, parseAddress } from "./broker-address.ts";
import type { ClusterSettings } from "./cluster-settings.ts";
import type { Connections } from "./connections.ts";

export type TopicPlacement = {
  readonly errorCode: number;
  readonly id: string;
  /** Leader's broker id by partition; -1 while there is none. */
  readonly leaders: ReadonlyMap<number, number>;
  readonly replicationFactor: number;
};

const maxAgeMilliseconds = 300_000;
const topicsPerRequest = 1000;

/** Which brokers there are and who leads which partition, remembered until told that it changed. */
export class BrokerMetadata {
  readonly #connections: Connections;
  readonly #bootstrap: readonly BrokerAddress[];
  #brokers: ReadonlyMap<number, BrokerAddress> = new Map();
  #controllerId = -1;
  readonly #topics = new Map<string, { readonly placement: TopicPlacement; readonly at: number }>();

  constructor(connections: Connections, settings: ClusterSettings) {
    this.#connections = connections;
    this.#bootstrap = settings.bootstrapServers.map(parseAddress);
    if (this.#bootstrap.length === 0) throw new OperatorFault("No bootstrap server; expected at least one host:port");
  }

  /** Remembered where it is young and good; topics that do not exist have an error code. */
  async placements(topics: Iterable<string>): Promise<ReadonlyMap<string, TopicPlacement>> {
    const wanted = new Set(topics);
    const young = Date.now() - maxAgeMilliseconds;
    const missing = [...wanted].filter((t) => (this.#topics.get(t)?.at ?? 0) < young);
    if (missing.length > 0) await this.refresh(missing);
    const found = new Map<string, TopicPlacement>();
    for (const topic of wanted) {
      const known = this.#topics.get(topic);
      if (known) found.set(topic, known.placement);
    }
    return found;
  }

  /** Asks again about these topics, and about brokers and controller. */
  async refresh(topics: Iterable<string>): Promise<void> {
    const names = [...new Set(topics)];
    for (let i = 0; i === 0 || i < names.length; i += topicsPerRequest)
      this.#remember(await this.#ask(names.slice(i, i + topicsPerRequest)));
  }

  /** Forgets what it knows about these topics, so that the next question reaches a broker. */
  forget(topics: Iterable<string>): void {
    for (const topic of topics) this.#topics.delete(topic);
  }

  /** Address by broker id, asked anew. */
  async brokers(): Promise<ReadonlyMap<number, BrokerAddress>> {
    await this.refresh([]);
    return this.#brokers;
  }

  address(brokerId: number): BrokerAddress | undefined {
    return this.#brokers.get(brokerId);
  }

  /** Where changes go: the controller with ZooKeeper, any broker with KRaft (which names one as its controller). */
  async controller(): Promise<BrokerAddress> {
    if (!this.#brokers.has(this.#controllerId)) await this.refresh([]);
    const address = this.#brokers.get(this.#controllerId);
    if (!address) throw new RetryableFault(`The cluster at ${this.#servers()} has no controller at the moment`);
    return address;
  }

  /** Asks whichever broker answers first. */
  async anyBroker<Arguments extends unknown[], Answer>(
    api: API<Arguments, Answer>,
    ...args: Arguments
  ): Promise<Answer> {
    const known = [...this.#brokers.values()];
    const open = [...known, ...this.#bootstrap].find((b) => this.#connections.isOpen(b));
    if (open) {
      try {
        return await this.#connections.ask(open, api, ...args);
      } catch (error) {
        if (!(error instanceof RetryableFault)) throw error;
      }
    }
    const candidates = new Map([...known.slice(0, 3), ...this.#bootstrap].map((b) => [addressKey(b), b]));
    try {
      // At once, not in turn: several dead servers in a row would take several time-outs.
      return await Promise.any([...candidates.values()].map((b) => this.#connections.ask(b, api, ...args)));
    } catch (error) {
      throw mostTelling(error);
    }
  }

  #ask(topics: readonly string[]): Promise<metadataV10.MetadataResponse> {
    // Auto-creation stays off: looking at a topic must not create it.
    return this.anyBroker(metadataV10.api, [...topics], false, false, false);
  }

  #remember(answer: metadataV10.MetadataResponse): void {
    this.#brokers = new Map(answer.brokers.map((b) => [b.nodeId, { host: b.host, port: b.port }]));
    this.#controllerId = answer.controllerId;
    for (const topic of answer.topics) {
      if (topic.name == null) continue;
      const placement: TopicPlacement = {
        errorCode: topic.errorCode,
        id: topic.topicId,
        leaders: new Map(topic.partitions.map((p) => [p.partitionIndex, p.leaderId])),
        replicationFactor: topic.partitions[0]?.replicaNodes.length ?? 0,
      };
      // A topic that is not there now may be there a moment later.
      this.#topics.set(topic.name, { placement, at: topic.errorCode === 0 ? Date.now() : 0 });
    }
  }

  #servers(): string {
    return this.#bootstrap.map(addressKey).join(",");
  }
}

function mostTelling(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const faults = error.errors as readonly unknown[];
  const operator = faults.find((f) => f instanceof OperatorFault);
  if (operator) return operator;
  if (faults.length === 1) return faults[0];
  return new RetryableFault(faults.map((f) => (f instanceof Error ? f.message : String(f))).join("; "));
}
