import type { Source } from "./source.ts";
import type { OrUnknown, Unknown } from "./unknown.ts";

/** What the estate is run with: of MSK the cluster and its settings, alarms, dashboards, and what only people know. */
export type OperatingObject = {
  readonly kind:
    | "msk-cluster"
    | "msk-node"
    | "msk-configuration"
    | "msk-storage-scaling"
    | "alarm"
    | "dashboard"
    | "dns-name"
    | "certificate"
    | "runbook"
    | "owner"
    | "approver";
  readonly name: string;
  readonly source: Source;
  /** By name, such as `storageMode: LOCAL`, `revision: 3`; never a secret. */
  readonly facts: OrUnknown<Readonly<Record<string, string>>>;
};

/** What one service tells of them, and what may be missing. */
export type OperatingObjects = { readonly items: readonly OperatingObject[]; readonly gaps: readonly Unknown[] };
