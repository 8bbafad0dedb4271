import { postMigration } from "#use-cases/post-migration.ts";
import { isRefused } from "#use-cases/refused.ts";
import { postMigrationContract } from "../api/migrations.ts";
import { tellAbout } from "../telemetry.ts";
import { clock, deployed, hash, waveStore } from "../wire.ts";
import { created, ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(postMigrationContract, async ({ caller, body }) => {
  tellAbout({ migration: body.name });
  const deps = { store: waveStore(), clock, access: deployed.access(), hash };
  const posted = await postMigration(deps, { migration: body, caller });
  if (isRefused(posted)) return posted;
  return posted.outcome === "created" ? created(posted) : ok(posted);
});
