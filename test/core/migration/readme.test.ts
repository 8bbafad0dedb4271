import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { migrationSchema } from "#core/migration/migration.ts";

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]): object => parse(text));
const blockWith = (key: string): object => {
  const found = blocks.find((block) => key in block);
  if (found === undefined) throw new Error(`the README has no YAML with ${key}`);
  return found;
};

it("the README's migration file is one, also with what it decides about the estate", () => {
  const file = blockWith("waves");
  expect(migrationSchema.safeParse(file)).toMatchObject({ success: true });
  const { estate } = migrationSchema.parse({ ...file, ...blockWith("estate") });
  expect(estate?.decisions).toHaveLength(3);
  expect(estate?.waivers).toHaveLength(1);
});

it("what the README plans waves from is the section of a file that names none", () => {
  const { planning, waves } = migrationSchema.parse({ ...blockWith("name"), ...blockWith("planning") });
  expect(waves).toEqual([]);
  expect(planning?.loosened).toHaveLength(1);
  expect(planning?.clients).toHaveLength(2);
});
