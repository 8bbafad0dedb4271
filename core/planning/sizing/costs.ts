import { isUnknown, type OrUnknown } from "#core/inventory/unknown.ts";
import type { Planning } from "#core/migration/planning.ts";
import type { MskFacts } from "./msk-facts.ts";
import { type Candidate, GIBIBYTE, noPrice, SECONDS_OF_DAY, standardPerDay } from "./target-size.ts";

/** What it costs to run both clusters and the mirrors between them. */
export type Costs = {
  readonly currency?: string;
  readonly source: OrUnknown<number>;
  readonly target: OrUnknown<number>;
  readonly workers: OrUnknown<number>;
  /** Of what is written, carried to the other side as it comes. */
  readonly transfer: OrUnknown<number>;
  readonly totalPerDay: OrUnknown<number>;
  /** Once: what is there is copied. */
  readonly copyTransfer: OrUnknown<number>;
  /** Fields of the file that would make the total known. */
  readonly missing: readonly string[];
  readonly from?: string;
};

/** Forward, and reverse for the way back. */
const DIRECTIONS = 2;

export function costsOf(of: {
  readonly prices: Planning["prices"];
  readonly source: MskFacts | undefined;
  readonly chosen: OrUnknown<Candidate>;
  readonly workers: OrUnknown<number>;
  readonly writtenBytesPerSecond: OrUnknown<number>;
  readonly heldBytes: OrUnknown<number>;
}): Costs {
  const { prices, chosen } = of;
  const transferOf = (bytes: OrUnknown<number>): OrUnknown<number> =>
    prices === undefined
      ? noPrice("planning.prices")
      : isUnknown(bytes)
        ? bytes
        : (bytes / GIBIBYTE) * prices.transferGigabyte;
  const written = of.writtenBytesPerSecond;
  const parts = {
    source: sourcePerDay(of.source, prices),
    target: isUnknown(chosen) ? chosen : chosen.costPerDay,
    workers: workersPerDay(of.workers, prices),
    transfer: transferOf(isUnknown(written) ? written : written * SECONDS_OF_DAY),
  };
  return {
    ...(prices === undefined ? {} : { currency: prices.currency, from: prices.from }),
    ...parts,
    totalPerDay: Object.values(parts).reduce((sum, part) =>
      isUnknown(sum) ? sum : isUnknown(part) ? part : sum + part,
    ),
    copyTransfer: transferOf(of.heldBytes),
    missing: missingOf(Object.values(parts)),
  };
}

function sourcePerDay(source: MskFacts | undefined, prices: Planning["prices"]): OrUnknown<number> {
  if (prices?.sourceDay !== undefined) return prices.sourceDay;
  if (source?.instanceType === undefined || source.brokers === undefined) return noPrice("planning.prices.sourceDay");
  return standardPerDay(source.instanceType, source.brokers, source.brokers * (source.volumeGibibytes ?? 0), prices);
}

function workersPerDay(workers: OrUnknown<number>, prices: Planning["prices"]): OrUnknown<number> {
  if (prices?.workerHour === undefined) return noPrice("planning.prices.workerHour");
  return isUnknown(workers) ? workers : DIRECTIONS * workers * prices.workerHour * 24;
}

/** The fields that `noPrice` names; what is unknown for another reason is cured elsewhere. */
const missingOf = (parts: readonly OrUnknown<number>[]): readonly string[] => [
  ...new Set(
    parts.flatMap((part) =>
      isUnknown(part) ? (/^the file has no price (.*)$/.exec(part.unknown.why)?.[1] ?? []) : [],
    ),
  ),
];
