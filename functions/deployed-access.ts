import { OperatorFault } from "#core/fault.ts";
import { neverSeen, parseIdentity } from "#core/people/identity.ts";
import type { Access } from "#use-cases/ports/access.ts";
import { environment } from "./environment.ts";

/** Who may do what here, whatever a migration file says. A list that names somebody who can never call is an `OperatorFault`. */
export const deployedAccess = (): Access => {
  const ssoRoles = new Set(environment("SLUICE_SSO_ROLES"));
  const usable = (variable: "SLUICE_POSTERS" | "SLUICE_READERS"): readonly string[] =>
    environment(variable).map((text) => {
      const identity = parseIdentity(text);
      const because = identity === undefined ? undefined : neverSeen(identity, ssoRoles);
      if (because !== undefined) throw new OperatorFault(`environment variable ${variable} names ${text}: ${because}`);
      return text;
    });
  return { posters: usable("SLUICE_POSTERS"), readers: usable("SLUICE_READERS"), ssoRoles };
};
