import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessEnvironment, ensureTokens } from "#local/home/tokens.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-tokens-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("tokens are kept over a restart; who is no longer named loses theirs; the file is its owner's alone", async () => {
  const path = join(directory, "tokens.json");
  const person = (id: string) => ({ id, roles: ["operator"] });
  const first = await ensureTokens(path, ["olga", "carl"].map(person));
  const second = await ensureTokens(path, ["olga", "sara"].map(person));
  expect(second["olga"]).toBe(first["olga"]);
  expect(new Set([first["olga"], first["carl"], second["sara"]]).size).toBe(3);
  const byToken = JSON.parse(await readFile(path, "utf8")) as Record<string, string>;
  expect(byToken).toEqual({ [second["olga"] ?? ""]: "olga", [second["sara"] ?? ""]: "sara" });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

const SESSION = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Ops_0123/olga@example.com";
const PEOPLE = [
  { id: "olga", roles: ["operator"], signsInAs: [SESSION] },
  { id: "carl", roles: ["seal-approver"], signsInAs: ["arn:aws:iam::123456789012:user/carl", "jwt:carl@example.com"] },
  { id: "ci", roles: ["operator"], signsInAs: ["arn:aws:iam::123456789012:role/ci"] },
];

test("a token stands for how the person signs in: a subject, a user, a session of the role, the session that is named", async () => {
  const path = join(directory, "identities.json");
  const tokens = await ensureTokens(path, PEOPLE);
  const byToken = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  expect(Object.fromEntries(Object.entries(tokens).map(([person, token]) => [person, byToken[token]]))).toEqual({
    olga: { iam: SESSION },
    carl: "carl@example.com",
    ci: { iam: "arn:aws:sts::123456789012:assumed-role/ci/local" },
  });
  expect(await ensureTokens(path, PEOPLE)).toEqual(tokens);
});

test("whoever starts it is its deployer: the files' operators post, and roles of named sessions are single sign-on", () => {
  expect(accessEnvironment(PEOPLE)).toEqual({
    SLUICE_POSTERS: `${SESSION},arn:aws:iam::123456789012:role/ci`,
    SLUICE_READERS: "",
    SLUICE_SSO_ROLES: "arn:aws:iam::123456789012:role/AWSReservedSSO_Ops_0123",
  });
});
