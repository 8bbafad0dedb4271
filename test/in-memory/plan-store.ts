import { canonicalJson } from "#core/journal/canonical-json.ts";
import { type PlanHeader, planHeaderSchema } from "#core/planning/kept-plan.ts";
import type { Plan } from "#core/planning/plan.ts";
import type { PlanStore } from "#use-cases/ports/plan-store.ts";

/** The plan store without a database, held to the same contract; for unit tests of use cases. */
export const inMemoryPlanStore = (): PlanStore => {
  const headers = new Map<string, PlanHeader>();
  const plans = new Map<string, string>();
  const keyOf = (migration: string, id: string): string => `${migration} ${id}`;
  return {
    async save(migration, kept, plan) {
      const key = keyOf(migration, kept.id);
      if (headers.has(key)) return undefined;
      plans.set(key, canonicalJson(plan));
      const header = planHeaderSchema.parse({ ...kept, version: 0, piece: { firstChunk: 0, chunks: 1, digest: "" } });
      headers.set(key, header);
      return header;
    },
    headers: async (migration) =>
      [...headers]
        .filter(([key]) => key.startsWith(keyOf(migration, "")))
        .map(([, header]) => header)
        .toSorted((a, b) => (a.id < b.id ? 1 : -1)),
    plan: async (migration, { id }) => JSON.parse(plans.get(keyOf(migration, id)) ?? "null") as Plan,
    async amend(migration, before, after) {
      const key = keyOf(migration, before.id);
      if (headers.get(key)?.version !== before.version) return false;
      const { approval: _, ...rest } = before;
      headers.set(key, planHeaderSchema.parse({ ...rest, ...after, version: before.version + 1 }));
      return true;
    },
  };
};
