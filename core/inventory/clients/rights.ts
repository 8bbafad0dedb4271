import type { AclEntry } from "#core/kafka/acl.ts";
import { type AnyAcl, reachesRecords } from "../access.ts";

/** Who may do one thing to resources of one type, for thousands of names and entries. */
export class RightsIndex {
  readonly #literal = new Map<string, Set<string>>();
  readonly #prefixed = new Map<string, Set<string>>();

  constructor(acls: readonly AnyAcl[], type: AclEntry["resourceType"], operation: "READ" | "WRITE") {
    for (const acl of acls) {
      if (!reachesRecords(acl) || acl.resourceType !== type || acl.permission !== "ALLOW") continue;
      if (acl.operation !== operation && acl.operation !== "ALL") continue;
      // Who may reach everything tells nobody apart.
      if (acl.principal === "User:*" || (acl.pattern === "LITERAL" && acl.resourceName === "*")) continue;
      const index = acl.pattern === "PREFIXED" ? this.#prefixed : this.#literal;
      index.set(acl.resourceName, (index.get(acl.resourceName) ?? new Set()).add(acl.principal));
    }
  }

  principalsOn(name: string): ReadonlySet<string> {
    const found = new Set(this.#literal.get(name));
    // A name has as many prefixes as characters, however many entries there are.
    for (let length = 0; length <= name.length; length++)
      for (const principal of this.#prefixed.get(name.slice(0, length)) ?? []) found.add(principal);
    return found;
  }
}
