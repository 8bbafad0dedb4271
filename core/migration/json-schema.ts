import * as z from "#core/schema.ts";
import { migrationSchema } from "./migration.ts";

/**
 * The migration file as JSON Schema (draft 2020-12), as a person writes it: what has a default may be left out. References
 * between fields (a group that no wave has, a name used twice) are beyond it; posting the file checks them.
 */
export const migrationJsonSchema = (): Record<string, unknown> => ({
  title: "Sluice migration file",
  ...z.toJSONSchema(migrationSchema, { io: "input", target: "draft-2020-12" }),
});
