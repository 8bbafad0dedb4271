import type { API } from "@platformatic/kafka";
import { expect, test } from "vitest";
import type { BrokerAddress } from "#adapters/kafka/broker-address.ts";
import { Connections } from "#adapters/kafka/connections.ts";
import type { FetchAnswer, FetchQuestion } from "#adapters/kafka/fetch.ts";
import { Fetches, smallFetchBytes } from "#adapters/kafka/fetches.ts";
import { RetryableFault } from "#core/fault.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";

const leader: BrokerAddress = { host: "broker", port: 9092 };
const other: BrokerAddress = { host: "other", port: 9092 };

/** Connections that answer each request with what it asked for. */
class Answering extends Connections {
  readonly asked: { readonly broker: string; readonly questions: readonly FetchQuestion[] }[] = [];
  fault: RetryableFault | undefined;

  constructor() {
    const identity = { side: "source", bootstrapServers: "broker:9092", principal: "User:x", signIn: "none" } as const;
    super(identity, { bootstrapServers: ["broker:9092"], tls: false, clientId: "test" });
  }

  override async ask<Arguments extends unknown[], Answer>(
    broker: BrokerAddress,
    _api: API<Arguments, Answer>,
    ...args: Arguments
  ): Promise<Answer> {
    const questions = args[0] as readonly FetchQuestion[];
    this.asked.push({ broker: broker.host, questions });
    if (this.fault !== undefined) throw this.fault;
    const partitions = questions.map((q) => [partitionKey(q), { highWatermark: q.offset }] as const);
    return { errorCode: 0, throttleMilliseconds: 0, partitions: new Map(partitions) } as Answer;
  }
}

const question = (partition: number, changes: Partial<FetchQuestion> = {}): FetchQuestion => ({
  topic: "orders",
  partition,
  offset: BigInt(partition),
  maxBytes: smallFetchBytes,
  isCommittedOnly: true,
  ...changes,
});
const ends = (answers: readonly FetchAnswer[], questions: readonly FetchQuestion[]) =>
  answers.map((answer, n) => answer.partitions.get(partitionKey(questions[n] ?? question(0)))?.highWatermark);

test("small fetches of one turn go to their leader together, at most 64 partitions at once", async () => {
  const connections = new Answering();
  const fetches = new Fetches(connections);
  const questions = Array.from({ length: 130 }, (_, n) => question(n));
  const answers = await Promise.all(questions.map((q) => fetches.ask(leader, q)));
  expect(connections.asked.map(({ questions: of }) => of.length)).toEqual([64, 64, 2]);
  expect(ends(answers, questions)).toEqual(questions.map(({ offset }) => offset));
  await fetches.ask(leader, question(7));
  expect(connections.asked.map(({ questions: of }) => of.length)).toEqual([64, 64, 2, 1]);
});

test("never in one request: another leader, another isolation, the same partition twice, a large fetch", async () => {
  const connections = new Answering();
  const fetches = new Fetches(connections);
  const twice = [question(1), question(1, { offset: 9n })];
  const answers = await Promise.all([
    ...twice.map((q) => fetches.ask(leader, q)),
    fetches.ask(other, question(2)),
    fetches.ask(leader, question(3, { isCommittedOnly: false })),
    fetches.ask(leader, question(4, { maxBytes: smallFetchBytes + 1 })),
    fetches.ask(leader, question(5)),
  ]);
  expect(ends(answers, twice).slice(0, 2)).toEqual([1n, 9n]);
  const asked = connections.asked.map(
    ({ broker, questions }) => `${broker} ${questions.map((q) => q.partition).join()}`,
  );
  expect(asked.toSorted()).toEqual(["broker 1", "broker 1,5", "broker 3", "broker 4", "other 2"]);
});

test("a fault of a request is each question's, and the next turn asks anew", async () => {
  const connections = new Answering();
  const fetches = new Fetches(connections);
  connections.fault = new RetryableFault("no answer");
  const failed = await Promise.allSettled([fetches.ask(leader, question(1)), fetches.ask(leader, question(2))]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  connections.fault = undefined;
  expect(ends([await fetches.ask(leader, question(1))], [question(1)])).toEqual([1n]);
});
