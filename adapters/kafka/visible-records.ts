import type { Isolation } from "#core/kafka/visible-record.ts";
import { isAbortMarker, type RecordBatch } from "./record-batch.ts";

export type AbortedTransaction = { readonly producerId: bigint; readonly firstOffset: bigint };

/**
 * Says of each batch whether a consumer of that isolation is given its records. `aborted` comes with the same Fetch answer
 * as the batches, which start at the offset it was asked for.
 *
 * Follows the Java consumer: a transaction counts as aborted from its first offset on, until its own producer's abort
 * marker, so that interleaved producers and a committed transaction after an aborted one come out right.
 */
export function* judgeVisibility(
  batches: Iterable<RecordBatch>,
  aborted: readonly AbortedTransaction[],
  isolation: Isolation,
): Generator<{ readonly batch: RecordBatch; readonly isVisible: boolean }> {
  const ahead = aborted.toSorted((a, b) =>
    a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0,
  );
  const aborting = new Set<bigint>();
  let next = 0;
  for (const batch of batches) {
    if (isolation === "read_committed" && batch.producerId >= 0n) {
      for (let t = ahead[next]; t && t.firstOffset <= batch.lastOffset; t = ahead[++next]) aborting.add(t.producerId);
      if (isAbortMarker(batch)) aborting.delete(batch.producerId);
      else if (batch.isTransactional && aborting.has(batch.producerId)) {
        yield { batch, isVisible: false };
        continue;
      }
    }
    yield { batch, isVisible: !batch.isControl };
  }
}
