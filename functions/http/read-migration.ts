import { readMigration } from "#use-cases/read-migration.ts";
import { isRefused } from "#use-cases/refused.ts";
import { readMigrationContract } from "../api/migrations.ts";
import { waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(readMigrationContract, async ({ path }) => {
  const answer = await readMigration(waveStore(), path.migration);
  return isRefused(answer) ? answer : ok(answer);
});
