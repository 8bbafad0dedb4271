/** Plans of migrations. Readers see whole ones only: the header is written last, and it alone makes a plan. */
import type { PlanHeader } from "#core/planning/kept-plan.ts";
import type { Plan } from "#core/planning/plan.ts";

export type PlanToKeep = Omit<PlanHeader, "piece" | "version">;

export interface PlanStore {
  /** In chunks below the item limit, then its header. Undefined: there is a plan of this id already, and it stays. */
  save(migration: string, header: PlanToKeep, plan: Plan): Promise<PlanHeader | undefined>;
  /** The newest first. */
  headers(migration: string): Promise<readonly PlanHeader[]>;
  /** Checked against its digest. */
  plan(migration: string, header: PlanHeader): Promise<Plan>;
  /** While the stored header is still `before`: false if somebody else changed it, and nothing was written. */
  amend(migration: string, before: PlanHeader, after: Pick<PlanHeader, "file" | "approval">): Promise<boolean>;
}
