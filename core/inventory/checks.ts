import { BLOCKING_KINDS } from "./dispositions/disposition.ts";
import { FLAG_IDS, type FlagId } from "./flags/flag-id.ts";

type DispositionCheck = `dispositions:${(typeof BLOCKING_KINDS)[number]}`;

export const dispositionCheck = (kind: (typeof BLOCKING_KINDS)[number]): DispositionCheck => `dispositions:${kind}`;

/** What a person may accept although it does not pass. That there is a fresh snapshot is not among it. */
export const WAIVABLE_CHECKS = [...BLOCKING_KINDS.map(dispositionCheck), "coupling", "drift", ...FLAG_IDS] as const;
export type WaivableCheck = DispositionCheck | "coupling" | "drift" | FlagId;

/** Every check of the inventory gate, by name. */
export const INVENTORY_CHECKS = ["snapshot", ...WAIVABLE_CHECKS] as const;
