import { listMigrations } from "#use-cases/list-migrations.ts";
import { listMigrationsContract } from "../api/migrations.ts";
import { deployed, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(listMigrationsContract, async ({ caller }) =>
  ok({ migrations: await listMigrations(waveStore(), deployed.access(), caller) }),
);
