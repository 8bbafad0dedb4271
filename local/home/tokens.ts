import { randomBytes } from "node:crypto";
import { z } from "zod";
import { type Identity, parseIdentity, roleText } from "#core/people/identity.ts";
import { identitiesOf, type Person } from "#core/people/people.ts";
import { readIfThere } from "./read-if-there.ts";
import { writeFileAtomically } from "./write-file-atomically.ts";

export type LocalPerson = Pick<Person, "id" | "signsInAs"> & { readonly roles: readonly string[] };

/** As the edge reads it: a JWT's subject, or the ARN of an IAM principal. */
const signIn = z.union([z.string(), z.strictObject({ iam: z.string() })]);
type SignIn = z.output<typeof signIn>;
const tokensFile = z.record(z.string(), signIn);

/**
 * A token for each person, by which the edge takes them for one of the identities that they sign in as. Kept from an earlier start;
 * people who are no longer named lose theirs. `path` is the file that the edge reads, mode 600. Returns person to token.
 */
export async function ensureTokens(path: string, people: readonly LocalPerson[]): Promise<Record<string, string>> {
  const text = await readIfThere(path);
  const earlier = new Map(
    text === undefined
      ? []
      : Object.entries(tokensFile.parse(JSON.parse(text))).map(([token, one]) => [JSON.stringify(one), token]),
  );
  const given = people.map((person) => {
    const one = signInOf(person);
    return { id: person.id, one, token: earlier.get(JSON.stringify(one)) ?? randomBytes(24).toString("base64url") };
  });
  await writeFileAtomically(path, JSON.stringify(Object.fromEntries(given.map(({ token, one }) => [token, one]))));
  return Object.fromEntries(given.map(({ id, token }) => [id, token]));
}

/** What API Gateway would be told of this person: of a token's subject where one is named, else of an IAM principal. */
function signInOf(person: LocalPerson): SignIn {
  const identities = identitiesOf(person).flatMap((text): Identity[] => {
    const identity = parseIdentity(text);
    return identity === undefined ? [] : [identity];
  });
  const one = identities.find(({ kind }) => kind === "jwt") ?? identities[0];
  switch (one?.kind) {
    case "jwt":
      return one.subject;
    case "iam-user":
      return { iam: `arn:${one.partition}:iam::${one.account}:user/${one.user}` };
    case "iam-role":
      return { iam: `arn:${one.partition}:sts::${one.account}:assumed-role/${one.role}/local` };
    case "iam-session":
      return { iam: `arn:${one.partition}:sts::${one.account}:assumed-role/${one.role}/${one.session}` };
    case undefined:
      throw new Error(`${person.id} signs in as nobody`);
  }
}

/**
 * Who may do what on this machine, as a deployment would set it: whoever starts it is its deployer, so the operators of its files post,
 * and a role of which they name a session is one of single sign-on.
 */
export function accessEnvironment(people: readonly LocalPerson[]): Record<string, string> {
  const posters = people.filter(({ roles }) => roles.includes("operator")).flatMap(identitiesOf);
  const ssoRoles = people.flatMap(identitiesOf).flatMap((text) => {
    const identity = parseIdentity(text);
    return identity?.kind === "iam-session" ? [roleText(identity)] : [];
  });
  return { SLUICE_POSTERS: posters.join(","), SLUICE_READERS: "", SLUICE_SSO_ROLES: [...new Set(ssoRoles)].join(",") };
}
