/** Who may do what that no role of a wave decides: posting is the deployment's to give, reading is for whoever takes part. */
import type { Migration } from "#core/migration/migration.ts";
import { personOf } from "#core/people/people.ts";
import type { Access } from "./ports/access.ts";
import { type Refused, refused } from "./refused.ts";

type Named = Pick<Migration, "name" | "people">;

/** A person's id where the file names the caller; else the caller's identity, which is no id and has no role. */
export const personIn = ({ people }: Pick<Migration, "people">, caller: string): string =>
  personOf(people, caller)?.id ?? caller;

export const readsAll = ({ posters, readers }: Access, caller: string): boolean =>
  posters.includes(caller) || readers.includes(caller);

export const mayRead = (access: Access, { people }: Pick<Migration, "people">, caller: string): boolean =>
  readsAll(access, caller) || personOf(people, caller) !== undefined;

/** A refusal unless the caller takes part in this migration or may read all; undefined: allowed. */
export const unlessReader = (access: Access, migration: Named, caller: string): Refused | undefined =>
  mayRead(access, migration, caller)
    ? undefined
    : refused("missing-role", `${caller} is none of the people of migration ${migration.name}, who may read it`, {
        who: migration.people.map(({ id }) => id),
        cure: "ask one of them, or whoever deploys Sluice to add you to SLUICE_READERS",
      });

/** A refusal unless the deployment lets the caller post and change migrations; undefined: allowed. */
export const unlessPoster = ({ posters }: Access, caller: string): Refused | undefined =>
  posters.includes(caller)
    ? undefined
    : refused(
        "missing-role",
        `${caller} may not post migrations here; that is set when Sluice is deployed, not by a file`,
        {
          who: posters,
          cure: `ask ${posters.join(" or ")}, or whoever deploys Sluice to add you to SLUICE_POSTERS`,
        },
      );
