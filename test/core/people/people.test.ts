import { describe, expect, it } from "vitest";
import { z } from "zod";
import { migrationSchema } from "#core/migration/migration.ts";
import { personOf } from "#core/people/people.ts";
import { migrationFile } from "../../in-memory/migration.ts";

const USER = "arn:aws:iam::123456789012:user/olga";
const findings = (people: unknown) => {
  const parsed = migrationSchema.safeParse(migrationFile({ people }));
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
};
const person = (id: string, ...signsInAs: string[]) => ({
  id,
  roles: ["operator"],
  ...(signsInAs.length > 0 && { signsInAs }),
});

describe("people of a migration file", () => {
  it("sign in as a JWT of their id, unless the file says how", () => {
    const people = migrationSchema.parse(
      migrationFile({ people: [person("olga", USER, "jwt:olga@example.com"), person("carl")] }),
    ).people;
    expect(personOf(people, USER)?.id).toBe("olga");
    expect(personOf(people, "jwt:olga@example.com")?.id).toBe("olga");
    expect(personOf(people, "jwt:olga")).toBeUndefined();
    expect(personOf(people, "jwt:carl")?.id).toBe("carl");
    expect(personOf(people, "carl")).toBeUndefined();
  });

  it("have identities that API Gateway tells apart; another text is told with what is expected", () => {
    expect(findings([person("olga", "olga@example.com")])).toEqual([
      { path: "people.0.signsInAs.0", message: expect.stringMatching(/expected "jwt:".*arn:aws:iam/) },
    ]);
    expect(findings([{ id: "olga", roles: ["operator"], signsInAs: [] }])).toMatchObject([
      { path: "people.0.signsInAs" },
    ]);
  });

  it("are refused where two have one identity, which would let one approve as two", () => {
    expect(
      findings([person("olga", USER), person("carl", "jwt:carl", "arn:aws:iam::123456789012:user/ops/olga")]),
    ).toEqual([
      { path: "people.1.signsInAs.1", message: expect.stringMatching(/how olga signs in.*two people must be two/) },
    ]);
    expect(findings([person("olga", "jwt:carl"), person("carl")])).toEqual([
      {
        path: "people.1.id",
        message: expect.stringContaining("signs in as jwt:carl, which is also how olga signs in"),
      },
    ]);
    expect(findings([person("olga", USER, USER)])).toMatchObject([
      { path: "people.0.signsInAs.1", message: expect.stringContaining("twice") },
    ]);
  });

  it("whose id is given twice are told once", () => {
    expect(findings([person("olga"), person("olga")])).toEqual([
      { path: "people.1.id", message: expect.stringContaining("second person") },
    ]);
  });

  it("are in the published schema with how they sign in", () => {
    const schema = JSON.stringify(z.toJSONSchema(migrationSchema, { io: "input" }));
    expect(schema).toContain("signsInAs");
  });
});
