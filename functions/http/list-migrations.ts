import { listMigrations } from "#use-cases/list-migrations.ts";
import { waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler, noPath } from "./http-handler.ts";

export const handler = httpHandler({
  path: noPath,
  act: async () => ok({ migrations: await listMigrations(waveStore()) }),
});
