import { readMigration } from "#use-cases/read-migration.ts";
import { isRefused } from "#use-cases/refused.ts";
import { waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler, migrationPath } from "./http-handler.ts";

export const handler = httpHandler({
  path: migrationPath,
  act: async ({ path }) => {
    const migration = await readMigration(waveStore(), path.migration);
    return isRefused(migration) ? migration : ok(migration);
  },
});
