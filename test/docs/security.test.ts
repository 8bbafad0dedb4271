import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { migrationSchema } from "#core/migration/migration.ts";
import { roleSchema } from "#core/people/people.ts";
import { CONTRACTS } from "#functions/api/contracts.ts";
import { whoText } from "#functions/api/document.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import { migrationFile } from "../in-memory/migration.ts";

const text = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");

it("the table of routes is the contracts'", () => {
  const rows = FUNCTIONS.flatMap(({ name, invokedBy }) => {
    const contract = CONTRACTS[name];
    return invokedBy.kind === "http" && contract !== undefined
      ? [`| \`${invokedBy.route}\` | ${whoText(contract.who)} |`]
      : [];
  });
  expect(rows.length).toBeGreaterThan(10);
  const block = /<!-- routes:begin -->\n([\s\S]*?)<!-- routes:end -->/.exec(text)?.[1];
  expect(block?.trim().split("\n")).toEqual(["| route | who |", "|---|---|", ...rows]);
});

it("every role is told, and the people that are shown are people of a migration file", () => {
  for (const role of roleSchema.options) expect(text).toContain(`| the file | \`${role}\` |`);
  const shown = /```yaml\n(people:[\s\S]*?)```/.exec(text)?.[1] ?? "";
  const { people } = parse(shown) as { people: unknown[] };
  expect(migrationSchema.parse(migrationFile({ people })).people).toHaveLength(3);
});
