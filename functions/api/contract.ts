import type { Role } from "#core/people/people.ts";
import * as z from "#core/schema.ts";

/** Who may call a route. Roles are those of the people of the migration in the path. */
export type Who =
  | { readonly may: "signed-in" }
  /** The migration's people, and whom the deployment lets read or post. */
  | { readonly may: "readers" }
  | { readonly may: "posters" }
  | { readonly may: "role"; readonly roles: readonly Role[] };

/** What a handler parses, and who may ask it. */
export type Route<Path, Query, Body> = {
  readonly who: Who;
  readonly path: z.ZodMiniType<Path>;
  readonly query?: z.ZodMiniType<Query>;
  /** Without it a body is not looked at. An absent body is parsed as `{}`. */
  readonly body?: z.ZodMiniType<Body>;
};

/** A route of the manifest as its callers know it: the OpenAPI document is made of these and nothing else. */
export type Contract<Path = unknown, Query = undefined, Body = undefined> = Route<Path, Query, Body> & {
  readonly summary: string;
  readonly description?: string;
  /** Headers that may be left out. */
  readonly headers?: Readonly<Record<string, z.ZodMiniType>>;
  readonly answers: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly schema: z.ZodMiniType;
        /** It can be asked for as text of this type too. */
        readonly alsoAs?: "text/markdown";
      }
    >
  >;
  /** Problems that are this route's own; 400, 401, 403, 422, 500 and 503 any route may answer. */
  readonly refusals: readonly (404 | 409)[];
  /** A request that a test sends to the real handler, and the status that answers it there. */
  readonly example: {
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly status: number;
  };
};

/** Keeps the types of a contract's parts for its handler. */
/* @__NO_SIDE_EFFECTS__ */
export const contract = <Path, Query = undefined, Body = undefined>(
  c: Contract<Path, Query, Body>,
): Contract<Path, Query, Body> => c;

const name = (example: string, what: string) =>
  z.string().check(z.minLength(1), z.meta({ description: what, examples: [example] }));

/** Query: where a page begins, counted from 1, and how much it holds. */
export const from = (description: string) =>
  z._default(z.coerce.number().check(z.int(), z.positive()), 1).check(z.meta({ description, examples: [1] }));
export const limit = (byDefault: number, example: number, description: string) =>
  z
    ._default(z.coerce.number().check(z.int(), z.positive(), z.maximum(1000)), byDefault)
    .check(z.meta({ description, examples: [example] }));

/** Paths of the API's routes, as API Gateway hands them over. */
export const migrationPath = z.object({ migration: name("shop", "Name of a migration") });
export const wavePath = z.object({
  migration: name("shop", "Name of a migration"),
  wave: name("payments", "Name of one of its waves"),
});
export const noPath = z.object({});
