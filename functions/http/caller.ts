import { identityText, parseIdentity, toldApart } from "#core/people/identity.ts";
import * as z from "#core/schema.ts";
import { NotSignedIn } from "./problem.ts";

/** What API Gateway's authorizers add to a request, and nobody else can. */
const authorizerSchema = z.object({
  requestContext: z.object({
    authorizer: z.object({
      jwt: z.optional(z.object({ claims: z.object({ sub: z.string().check(z.minLength(1)) }) })),
      iam: z.optional(z.object({ userArn: z.string().check(z.minLength(1)) })),
    }),
  }),
});

/** Who calls, as one text: the identity that posters, readers and the people of migration files are written as. */
export const callerOf = (event: unknown, ssoRoles: () => ReadonlySet<string>): string => {
  const seen = authorizerSchema.safeParse(event);
  const { jwt, iam } = seen.success ? seen.data.requestContext.authorizer : {};
  if (jwt !== undefined && iam !== undefined)
    throw new NotSignedIn("the request names a JWT subject and an IAM principal; expected one of them");
  const text = jwt === undefined ? iam?.userArn : `jwt:${jwt.claims.sub}`;
  if (text === undefined)
    throw new NotSignedIn(
      "the request names nobody; expected a signature of AWS (SigV4), or an Authorization header with a Bearer token",
    );
  const identity = parseIdentity(text);
  if (identity === undefined)
    throw new NotSignedIn(
      `${text} tells nobody apart; expected a token whose subject has no blanks, or the signature of an IAM user or of an assumed role`,
    );
  return identityText(identity.kind === "iam-session" ? toldApart(identity, ssoRoles()) : identity);
};
