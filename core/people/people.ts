/** The people of a migration file: who they are, how they sign in, what they may do. */

import type { Finding } from "#core/migration/finding.ts";
import * as z from "#core/schema.ts";
import { EXPECTED_IDENTITY, identityText, neverSeen, parseIdentity } from "./identity.ts";

/** Who may do what: `operator` starts, holds, resumes, thaws, rolls back; the approvers close the gates of people. */
export const roleSchema = z.enum(["operator", "cutover-approver", "seal-approver"]);
export type Role = z.output<typeof roleSchema>;

const personId = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "expected 1 to 40 of a-z, 0-9 and -, not beginning with -"));

/** Identities that are written differently and are the same become the same text. */
const oneText = (text: string): string => {
  const identity = parseIdentity(text);
  return identity === undefined ? text : identityText(identity);
};

export const identitySchema = z.string().check(
  z.refine((text) => parseIdentity(text) !== undefined, { error: EXPECTED_IDENTITY }),
  // A role's path says nothing: without it the same role is the same text.
  z.overwrite(oneText),
  z.describe('"jwt:<subject>", or the ARN of an IAM user, role or single sign-on session'),
);

export const personSchema = z.strictObject({
  id: personId,
  roles: z.array(roleSchema).check(z.minLength(1)),
  signsInAs: z
    .optional(z.array(identitySchema).check(z.minLength(1)))
    .check(
      z.describe("Every identity by which the API knows this person; a JWT whose subject is the id, unless given"),
    ),
});
export type Person = z.output<typeof personSchema>;
type SignsIn = Pick<Person, "id" | "signsInAs">;

/** How a person signs in. */
export const identitiesOf = ({ id, signsInAs }: SignsIn): readonly string[] => signsInAs ?? [`jwt:${id}`];

/** Who of these people a caller is. Distinctness is by person: however one signs in, one person is one. */
export const personOf = <P extends SignsIn>(people: readonly P[], caller: string): P | undefined =>
  people.find((person) => identitiesOf(person).includes(caller));

/** Two people with one identity would be one who approves twice. */
export function* sharedIdentities(people: readonly SignsIn[]): Generator<Finding> {
  const owners = new Map<string, SignsIn>();
  for (const [p, person] of people.entries())
    for (const [i, identity] of identitiesOf(person).entries()) {
      const owner = owners.get(identity);
      owners.set(identity, owner ?? person);
      const isGiven = person.signsInAs !== undefined;
      // An id given twice is told as that.
      if (owner === undefined || (!isGiven && owner.id === person.id)) continue;
      yield {
        path: isGiven ? ["people", p, "signsInAs", i] : ["people", p, "id"],
        value: isGiven ? (person.signsInAs?.[i] ?? identity) : person.id,
        message:
          owner === person
            ? "is given twice; remove one"
            : `${isGiven ? "is" : `signs in as ${identity}, which is`} also how ${owner.id} signs in; expected an identity of this person alone, since two people must be two`,
      };
    }
}

/** Sign-ins that this deployment never sees: their people could do nothing, and nobody would notice before they must. */
export const unusableSignIns = (
  people: readonly SignsIn[],
  ssoRoles: ReadonlySet<string>,
): readonly { readonly person: string; readonly path: string; readonly because: string }[] =>
  people.flatMap(({ id, signsInAs }, p) =>
    (signsInAs ?? []).flatMap((text, i) => {
      const identity = parseIdentity(text);
      const because = identity === undefined ? undefined : neverSeen(identity, ssoRoles);
      return because === undefined ? [] : [{ person: id, path: `people[${p}].signsInAs[${i}]`, because }];
    }),
  );
