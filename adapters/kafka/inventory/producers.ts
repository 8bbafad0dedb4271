import { describeProducersV0, describeTransactionsV0, listTransactionsV0 } from "@platformatic/kafka";
import type { Producer, Transaction } from "#core/inventory/producers.ts";
import { isUnknown, type Listing, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { offsetOn, type Side } from "#core/kafka/offset.ts";
import { code, grant } from "../faults.ts";
import { byTopic } from "../leaders.ts";
import { inChunks } from "./in-chunks.ts";
import { refusal, refusals } from "./refusal.ts";
import type { TopicPlace } from "./topic-places.ts";
import type { Asking } from "./topics.ts";

const partitionsPerRequest = 5000;
const idsPerRequest = 1000;

type OnPartition = Producer["partitions"][number];

/** Who wrote lately, as the leaders remember it: one request by leader and five thousand partitions. */
export async function scanProducers(
  o: Asking & { readonly places: OrUnknown<readonly TopicPlace[]> },
): Promise<Listing<Producer>> {
  const readAt = Date.now();
  const source = "DescribeProducers";
  if (isUnknown(o.places)) return { source, readAt, items: [], gaps: [o.places] };
  const producers = new Map<bigint, OnPartition[]>();
  const refused = new Map<string, number>();
  const silent = new Map<string, Unknown>();
  const byLeader = Map.groupBy(
    o.places.flatMap(({ name: topic, partitions }) => partitions.map((p) => ({ topic, ...p }))),
    ({ leader }) => leader,
  );
  await Promise.all(
    [...byLeader].flatMap(([leader, led]) =>
      inChunks(led, partitionsPerRequest).map(async (chunk) => {
        const asked = [...byTopic(chunk)].map(([name, indexes]) => ({ name, partitionIndexes: [...indexes] }));
        const answer = leader === -1 ? leaderless : await o.brokers.ask(leader, source, describeProducersV0.api, asked);
        if (isUnknown(answer)) silent.set(answer.unknown.why, writersOf(leader, answer));
        else
          for (const { name: topic, partitions } of answer.topics)
            for (const p of partitions) {
              if (p.errorCode !== code.none) refused.set(topic, p.errorCode);
              for (const a of p.activeProducers) {
                const on = producers.get(a.producerId) ?? [];
                producers.set(a.producerId, on);
                on.push({
                  topic,
                  partition: p.partitionIndex,
                  lastAt: Number(a.lastTimestamp),
                  ...(a.currentTxnStartOffset >= 0n
                    ? { openTransactionFrom: offsetOn<Side>(a.currentTxnStartOffset) }
                    : {}),
                });
              }
            }
      }),
    ),
  );
  const doing = "looking up the producers of";
  return {
    source,
    readAt,
    items: [...producers]
      .map(([producerId, partitions]) => ({ producerId, partitions: partitions.toSorted(byPartition) }))
      .toSorted((a, b) => (a.producerId < b.producerId ? -1 : 1)),
    gaps: [
      ...silent.values(),
      ...refusals(source, { cluster: o.cluster, doing, resource: "topic", operation: "Read" }, refused),
    ],
  };
}

/** Every transactional id whose transactions a broker coordinates: two requests to each broker. */
export async function scanTransactions(o: Asking): Promise<Listing<Transaction>> {
  const readAt = Date.now();
  const gaps: Unknown[] = [];
  const items: Transaction[] = [];
  await Promise.all(
    o.brokers.ids.map(async (broker) => {
      if (!isUnknown(await o.brokers.offer(broker)) && !(await o.brokers.supports(broker, listTransactionsV0.api))) {
        gaps.push(tooOldForTransactions);
        return;
      }
      const listed = await o.brokers.ask(broker, "ListTransactions", listTransactionsV0.api, [], [], -1n, null);
      if (isUnknown(listed)) {
        gaps.push(
          unknown(
            "ListTransactions",
            `transactions that broker ${broker} coordinates are not listed: ${listed.unknown.why}`,
          ),
        );
        return;
      }
      const states = listed.transactionStates;
      const details = await detailsOf(
        o,
        broker,
        states.map((t) => t.transactionalId),
      );
      for (const t of states)
        items.push({
          transactionalId: t.transactionalId,
          producerId: t.producerId,
          state: t.transactionState,
          coordinator: broker,
          detail: details.get(t.transactionalId) ?? gone,
        });
    }),
  );
  return {
    source: "ListTransactions",
    readAt,
    items: items.toSorted((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1)),
    gaps: [...new Set(gaps), ...(await hiddenIds(o))],
  };
}

async function detailsOf(
  o: Asking,
  broker: number,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Transaction["detail"]>> {
  const details = new Map<string, Transaction["detail"]>();
  for (const chunk of inChunks(ids, idsPerRequest)) {
    const answer = await o.brokers.ask(broker, "DescribeTransactions", describeTransactionsV0.api, [...chunk]);
    if (isUnknown(answer)) for (const id of chunk) details.set(id, answer);
    else
      for (const t of answer.transactionStates)
        details.set(
          t.transactionalId,
          t.errorCode === code.none
            ? {
                timeoutMs: t.transactionTimeoutMs,
                startedAt: t.transactionStartTimeMs < 0n ? undefined : Number(t.transactionStartTimeMs),
                partitions: t.topics.flatMap(({ topic, partitions }) =>
                  partitions.map((partition) => ({ topic, partition })),
                ),
              }
            : refusal("DescribeTransactions", attempt(o, t.transactionalId), t.errorCode),
        );
  }
  return details;
}

/** Ids that may not be described are left out of the list without a word: asked for one that nobody has, brokers say which. */
async function hiddenIds(o: Asking): Promise<readonly Unknown[]> {
  const [broker] = o.brokers.ids;
  if (broker === undefined || !(await o.brokers.supports(broker, describeTransactionsV0.api))) return [];
  const answer = await o.brokers.ask(broker, "DescribeTransactions", describeTransactionsV0.api, [nobodys]);
  if (isUnknown(answer) || answer.transactionStates[0]?.errorCode !== code.transactionalIdAuthorizationFailed)
    return [];
  return [
    unknown(
      "ListTransactions",
      `transactional ids that ${o.cluster.principal} may not describe are not listed`,
      grant({ cluster: o.cluster, needs: { resource: "transactional-id", operation: "Describe" } }),
    ),
  ];
}

const nobodys = "sluice-looks-whether-it-may-describe-any";

const attempt = ({ cluster }: Asking, name: string) =>
  ({
    cluster,
    doing: `describing transactional id ${name}`,
    needs: { resource: "transactional-id", name, operation: "Describe" },
  }) as const;

const writersOf = (leader: number, { unknown: { source, why, cure } }: Unknown): Unknown =>
  unknown(
    source,
    leader === -1 ? why : `who writes to partitions that broker ${leader} leads is not known: ${why}`,
    cure,
  );

const byPartition = (a: OnPartition, b: OnPartition): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;

const leaderless = unknown("DescribeProducers", "partitions without a leader tell nobody who writes to them");
const gone = unknown("DescribeTransactions", "the transactional id was not there any more when it was asked for");
const tooOldForTransactions = unknown(
  "ListTransactions",
  "brokers before Kafka 3.0 cannot be asked for their transactional ids",
  "name the clients that write in transactions in the migration file, as clients of kind both or producer",
);
