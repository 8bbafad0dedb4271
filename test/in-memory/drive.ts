import type { Reading, ReadRequest } from "#core/offsets/reading.ts";
import type { InMemoryLog } from "./in-memory-log.ts";

/** Runs a reading over two arrays, synchronously; `reads` are the requests it made. */
export const drive = <T>(
  reading: Reading<T>,
  from: InMemoryLog<"source">,
  to: InMemoryLog<"target">,
): { readonly result: T; readonly reads: readonly ReadRequest[] } => {
  const reads: ReadRequest[] = [];
  let step = reading.next();
  while (step.done !== true) {
    reads.push(...step.value);
    step = reading.next(
      step.value.map((request) => {
        const log = request.log === "from" ? from : to;
        const { logStart, lastStable } = log.ends();
        if (request.kind === "offset-at-time")
          return { kind: "offset-at-time", offset: log.offsetAtTime(request.timestamp) } as const;
        if (request.from < logStart) throw new Error(`read of ${request.from} below log start ${logStart}`);
        const until = request.until < lastStable ? request.until : lastStable;
        const records = log.visible(request.from, until);
        const cut = records[request.limit];
        return cut === undefined
          ? ({ kind: "records", records, next: until } as const)
          : ({ kind: "records", records: records.slice(0, request.limit), next: cut.offset } as const);
      }),
    );
  }
  return { result: step.value, reads };
};
