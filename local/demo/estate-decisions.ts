import type { z } from "zod";
import type { estateSchema } from "#core/migration/estate.ts";

const by = "olga";

/** What the people of the demo decided and accepted once they had seen the first snapshot of their estate. */
export const ESTATE: z.input<typeof estateSchema> = {
  copyBytesPerSecond: 5_000_000,
  sweepSeconds: 2,
  absent: [
    { kind: "connectors", by, reason: "no Connect workers beside the mirror's own" },
    { kind: "subjects", by, reason: "records carry no schema ids" },
  ],
};
