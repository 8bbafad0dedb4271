import type { Decision, EstateDecisions } from "#core/migration/estate.ts";
import type { DecidedKind } from "./disposition.ts";

/** What a person decided about an item: by its name, else by the longest prefix of it. */
export type Decided = (kind: DecidedKind, name: string) => Decision | undefined;

export function decidedIn(estate: EstateDecisions | undefined): Decided {
  const exact = new Map<string, Decision>();
  const prefixed = new Map<string, Decision>();
  for (const decision of estate?.decisions ?? []) {
    if (decision.name !== undefined) exact.set(`${decision.kind}/${decision.name}`, decision);
    if (decision.prefix !== undefined) prefixed.set(`${decision.kind}/${decision.prefix}`, decision);
  }
  const longest = Math.max(0, ...[...prefixed.values()].map(({ prefix }) => prefix?.length ?? 0));
  return (kind, name) => {
    const found = exact.get(`${kind}/${name}`);
    if (found !== undefined || prefixed.size === 0) return found;
    for (let length = Math.min(name.length, longest); length >= 0; length--) {
      const byPrefix = prefixed.get(`${kind}/${name.slice(0, length)}`);
      if (byPrefix !== undefined) return byPrefix;
    }
    return undefined;
  };
}
