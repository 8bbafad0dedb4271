import { migrationSchema } from "#core/migration/migration.ts";
import { migrationAnswerSchema, migrationListSchema, postedSchema } from "./answers.ts";
import { contract, migrationPath, noPath } from "./contract.ts";
import { exampleMigration } from "./example-migration.ts";

const posted = { schema: postedSchema };

export const postMigrationContract = contract({
  summary: "Post a migration file",
  description:
    "Stores the migration with its waves planned. The same content again answers the state; other content replaces a migration of which no wave was ever started. Once one was, only `estate` and `planning` may differ: waves that wait at their inventory gate see it with their next tick. Where a plan was accepted, a file that says of waves what it said then keeps the plan's.",
  who: { may: "posters" },
  path: noPath,
  body: migrationSchema,
  answers: {
    201: { ...posted, description: "Created" },
    200: { ...posted, description: "It was there with this content, or its content was replaced" },
  },
  refusals: [409],
  example: { body: exampleMigration, status: 201 },
});

export const listMigrationsContract = contract({
  summary: "List the migrations that the caller may read",
  who: { may: "signed-in" },
  path: noPath,
  answers: {
    200: { schema: migrationListSchema, description: "Those that name the caller, or all for who may read all" },
  },
  refusals: [],
  example: { status: 200 },
});

export const readMigrationContract = contract({
  summary: "Read a migration file, and who posted it",
  who: { may: "readers" },
  path: migrationPath,
  answers: { 200: { schema: migrationAnswerSchema, description: "As it is stored, with its defaults" } },
  refusals: [404],
  example: { status: 200 },
});
