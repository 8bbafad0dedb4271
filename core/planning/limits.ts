import { isUnknown, type OrUnknown } from "#core/inventory/unknown.ts";
import type { Migration } from "#core/migration/migration.ts";
import { planningSchema } from "#core/migration/planning.ts";
import type { WaveSize } from "./plan.ts";

export type Limits = {
  readonly partitions: number;
  readonly bytes: number;
  readonly teams: number;
  readonly groups: number;
  readonly drainSeconds: number;
};

export const limitsOf = ({ planning, policy }: Migration): Limits => {
  const limits = (planning ?? planningSchema.parse({})).limits;
  return { ...limits, drainSeconds: limits.drainSeconds ?? policy.drainSeconds };
};

type Measured = { readonly size: WaveSize; readonly groups: number };

/** Each limit that something is beyond, as a sentence's part. What is unknown is beyond none: it is told elsewhere. */
export function beyond({ size, groups }: Measured, limits: Limits): readonly string[] {
  const over = (value: OrUnknown<number>, limit: keyof Limits, unit: string): readonly string[] =>
    isUnknown(value) || value <= limits[limit]
      ? []
      : [`${rounded(value)} ${unit} where planning.limits.${limit} is ${limits[limit]}`];
  return [
    ...over(size.partitions, "partitions", "partitions"),
    ...over(size.bytes, "bytes", "bytes"),
    ...over(size.teams.length, "teams", "teams"),
    ...over(groups, "groups", "groups"),
    ...over(size.drainSeconds, "drainSeconds", "s to drain"),
  ];
}

const rounded = (value: number): number => (Number.isInteger(value) ? value : Math.round(value * 10) / 10);
