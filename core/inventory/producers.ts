import type { Offset } from "./topic.ts";
import type { OrUnknown } from "./unknown.ts";

/** A producer that brokers remember now: idempotent ones and those of transactions. Others leave no trace. */
export type Producer = {
  readonly producerId: bigint;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    /** Of its last record there, in ms. */
    readonly lastAt: number;
    /** First offset of its open transaction on this partition, if one is open. */
    readonly openTransactionFrom?: Offset;
  }[];
};

/** A transactional id, whether its transaction is open or long done; couples the topics that its producer wrote to. */
export type Transaction = {
  readonly transactionalId: string;
  readonly producerId: bigint;
  /** As Kafka names it: Ongoing, CompleteCommit, Empty… */
  readonly state: string;
  /** Broker id. */
  readonly coordinator: number;
  readonly detail: OrUnknown<{
    readonly timeoutMs: number;
    /** In ms; undefined where none is open. */
    readonly startedAt: number | undefined;
    /** Of the open transaction; `__consumer_offsets` stands for offsets that it commits. */
    readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
  }>;
};
