import { FLAG_IDS } from "#core/inventory/flags/flag-id.ts";
import type { MigrationFile } from "./migration-file.ts";

const until = "2099-12-31";

/** A lab is small and odd: what it holds beside its waves stays, and what is risky about it is accepted; snapshots may be taken in the midst of a freeze. */
export const acceptedEstate = (by: string): NonNullable<MigrationFile["estate"]> => ({
  sweepSeconds: 0.2,
  absent: (["connectors", "subjects"] as const).map((kind) => ({ kind, by, reason: "a lab has none" })),
  decisions: (["acls", "groups", "topics"] as const).map((kind) => ({
    kind,
    prefix: "",
    disposition: "retain" as const,
    by,
    reason: "ends with the lab",
  })),
  waivers: [...FLAG_IDS, "coupling" as const, "drift" as const].map((check) => ({
    check,
    by,
    until,
    reason: "it is a lab",
  })),
});
