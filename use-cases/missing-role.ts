import type { Migration } from "#core/migration/migration.ts";
import type { Role } from "#core/people/people.ts";
import { type Refused, refused } from "./refused.ts";

/**
 * A refusal unless this person has the role in the migration's own list of people; undefined: allowed. `person` is an id, or the
 * identity of a caller whom the file does not name.
 */
export const missingRole = (
  { name, people }: Pick<Migration, "name" | "people">,
  person: string,
  role: Role,
  what: string,
): Refused | undefined => {
  if (people.some(({ id, roles }) => id === person && roles.includes(role))) return undefined;
  const who = people.filter(({ roles }) => roles.includes(role)).map(({ id }) => id);
  return refused("missing-role", `${person} is no ${role} of migration ${name}; ${what} needs one`, {
    who,
    cure:
      who.length > 0
        ? `ask ${who.join(" or ")}, or give ${person} the role in the migration file's people`
        : `give somebody the role ${role} in the migration file's people`,
  });
};
