import { z } from "zod";
import type { Invoked } from "../invoke-function.ts";

const batchResponse = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().nullish() })).nullish(),
});

/**
 * How many records, from the front of the batch, are dealt with: all, none, or up to the first that the function
 * reports in `batchItemFailures`. Like Lambda, an identifier that is not in the batch fails the whole batch.
 */
export function processedCount(invoked: Invoked, sequenceNumbers: readonly string[]): number {
  if (invoked.kind !== "result") return 0;
  if (invoked.value === null || invoked.value === undefined) return sequenceNumbers.length;
  const parsed = batchResponse.safeParse(invoked.value);
  if (!parsed.success) return 0;
  const failed = (parsed.data.batchItemFailures ?? []).map((f) => sequenceNumbers.indexOf(f.itemIdentifier ?? ""));
  if (failed.length === 0) return sequenceNumbers.length;
  return Math.max(0, Math.min(...failed));
}
