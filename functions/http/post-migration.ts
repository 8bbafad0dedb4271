import { migrationSchema } from "#core/migration/migration.ts";
import { postMigration } from "#use-cases/post-migration.ts";
import { isRefused } from "#use-cases/refused.ts";
import { clock, waveStore } from "../wire.ts";
import { created, ok } from "./http-answer.ts";
import { httpHandler, noPath } from "./http-handler.ts";

export const handler = httpHandler({
  path: noPath,
  body: migrationSchema,
  act: async ({ person, body }) => {
    const posted = await postMigration({ store: waveStore(), clock }, { migration: body, person });
    if (isRefused(posted)) return posted;
    return posted.outcome === "created" ? created(posted) : ok(posted);
  },
});
