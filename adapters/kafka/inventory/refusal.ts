import type { Source } from "#core/inventory/source.ts";
import { type Unknown, unknown } from "#core/inventory/unknown.ts";
import { type Attempt, codeName, grant, isLackOfRight } from "../faults.ts";

/** What an error code of an answer leaves unknown, with the ACL that would cure it where a right is missing. */
export const refusal = (source: Source, attempt: Attempt, errorCode: number, says?: string | null): Unknown =>
  isLackOfRight(errorCode)
    ? unknown(
        source,
        `${attempt.cluster.principal} lacks a right for ${attempt.doing}: ${codeName(errorCode)}`,
        grant(attempt),
      )
    : unknown(
        source,
        `the broker refused ${attempt.doing} with ${codeName(errorCode)}${says == null ? "" : `, "${says}"`}`,
      );

/** The same for many names, of which a person wants one sentence and one command. */
export function refusals(
  source: Source,
  o: Omit<Attempt, "needs"> & {
    readonly resource: "topic" | "group";
    readonly operation: Attempt["needs"]["operation"];
  },
  refused: ReadonlyMap<string, number>,
): readonly Unknown[] {
  const byCode = Map.groupBy(refused, ([, errorCode]) => errorCode);
  return [...byCode].map(([errorCode, ofCode]) => {
    const names = ofCode.map(([name]) => name).toSorted();
    const shown = names.slice(0, mostNamed).join(", ");
    const doing = `${o.doing} ${shown}${names.length > mostNamed ? ` and ${names.length - mostNamed} more` : ""}`;
    const [only] = names;
    const needs = {
      resource: o.resource,
      operation: o.operation,
      ...(names.length === 1 && only ? { name: only } : {}),
    };
    return refusal(source, { cluster: o.cluster, doing, needs }, errorCode);
  });
}

const mostNamed = 10;
