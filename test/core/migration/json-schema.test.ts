import { expect, it } from "vitest";
import { z } from "zod";
import { migrationJsonSchema } from "#core/migration/json-schema.ts";
import { migrationFile } from "../../in-memory/migration.ts";

it("is what the committed migration.schema.json says (vitest -u brings it up to date)", async () => {
  await expect(`${JSON.stringify(migrationJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    "../../../core/migration/migration.schema.json",
  );
});

it("accepts a migration file as a person writes it, and refuses an unknown key", () => {
  const schema = z.fromJSONSchema(migrationJsonSchema());
  expect(schema.safeParse(migrationFile()).success).toBe(true);
  expect(schema.safeParse(migrationFile({ wafes: [] })).success).toBe(false);
});
