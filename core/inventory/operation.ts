import type { Source } from "./source.ts";
import type { OrUnknown } from "./unknown.ts";

/** What the estate is run with: of MSK the cluster and its settings, alarms, dashboards, and what only people know. */
export type OperatingObject = {
  readonly kind:
    | "msk-cluster"
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
