import { describeProducersV0 } from "@platformatic/kafka";
import type { ActiveProducer, WriteActivity } from "#use-cases/ports/cluster.ts";
import type { Connections } from "./connections.ts";
import { byTopic, type Leaders } from "./leaders.ts";

/** DescribeProducers; needs Topic READ. Transactions that hold offset commits only are not seen here. */
export function writeActivity(connections: Connections, leaders: Leaders): WriteActivity {
  return {
    producers: (partitions) =>
      leaders.ask<readonly ActiveProducer[]>({
        partitions,
        doing: "looking up the producers",
        operation: "Read",
        ask: async (leader, group) => {
          const answer = await connections.ask(
            leader,
            describeProducersV0.api,
            [...byTopic(group)].map(([name, indexes]) => ({ name, partitionIndexes: [...indexes] })),
          );
          return answer.topics.flatMap((t) =>
            t.partitions.map((p) => ({
              topic: t.name,
              partition: p.partitionIndex,
              errorCode: p.errorCode,
              brokerSays: p.errorMessage ?? null,
              value: p.activeProducers.map((a) => ({
                producerId: a.producerId,
                lastTimestamp: a.lastTimestamp,
                ...(a.currentTxnStartOffset >= 0n ? { openTransactionFrom: a.currentTxnStartOffset } : {}),
              })),
            })),
          );
        },
      }),
  };
}
