import type { Client, WavePlan } from "#core/migration/migration.ts";

export const clientsOf = (plan: WavePlan, kind: Client["kind"]): readonly Client[] =>
  plan.clients.filter((client) => client.kind === kind);
