import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import type { Planning } from "#core/migration/planning.ts";
import type { Bound } from "../windows/rollback-window.ts";
import {
  type BrokerKind,
  FULLEST_VOLUME_SHARE,
  MOST_BROKERS,
  MSK_INSTANCES,
  type MskInstance,
  VOLUME_GIBIBYTES,
} from "./msk-instances.ts";
import type { TargetNeed } from "./target-need.ts";

const LIMITS = ["ingress", "egress", "partitions", "storage"] as const;
type Limit = (typeof LIMITS)[number];

/** So many brokers of one size as carry the need and leave the headroom free. */
export type Candidate = {
  readonly instance: string;
  readonly kind: BrokerKind;
  readonly brokers: number;
  /** What asks for so many; "zones" where one in each zone is enough. */
  readonly boundBy: Limit | "zones";
  /** Of what Amazon recommends, by broker: 0.6 leaves 0.4 free. Storage is absent of Express, where it grows by itself. */
  readonly used: { readonly [L in Exclude<Limit, "storage">]: number } & { readonly storage?: number };
  readonly partitionsPerBroker: number;
  readonly volumeGibibytes?: number;
  readonly vcpus: number;
  /** Brokers and storage; unknown where the file has no price. */
  readonly costPerDay: OrUnknown<number>;
};

/** A month as price lists have it: a twelfth of a year. */
export const DAYS_OF_MONTH = 365 / 12;
export const SECONDS_OF_DAY = 86_400;
export const GIBIBYTE = 1024 ** 3;

export function candidates(
  need: TargetNeed,
  of: { readonly zones: number; readonly headroom: number; readonly prices: Planning["prices"] },
): readonly Candidate[] {
  return MSK_INSTANCES.flatMap((instance) => candidate(instance, need, of) ?? []);
}

function candidate(
  instance: MskInstance,
  need: TargetNeed,
  { zones, headroom, prices }: Parameters<typeof candidates>[1],
): Candidate | undefined {
  const { kind } = instance;
  // Express keeps three replicas in three zones and nothing else.
  if (kind === "express" && (zones !== 3 || need.replicas !== 3)) return undefined;
  const free = 1 - headroom;
  const fullest = Math.min(free, FULLEST_VOLUME_SHARE);
  const storageBytes = need.heldBytes + need.growthBytes;
  const asked: Readonly<Record<Limit, number>> = {
    ingress: need.ingressBytesPerSecond / (instance.ingressBytesPerSecond * free),
    egress: need.egressBytesPerSecond / (instance.egressBytesPerSecond * free),
    partitions: need.partitions / (instance.partitions * free),
    storage: kind === "express" ? 0 : storageBytes / (VOLUME_GIBIBYTES.most * GIBIBYTE * fullest),
  };
  const most = LIMITS.reduce((a, b) => (asked[b] > asked[a] ? b : a));
  const brokers = zones * Math.max(1, Math.ceil(asked[most] / zones));
  if (brokers > MOST_BROKERS) return undefined;
  const volumeGibibytes =
    kind === "express"
      ? undefined
      : Math.max(VOLUME_GIBIBYTES.least, Math.ceil(storageBytes / brokers / fullest / GIBIBYTE));
  return {
    instance: instance.name,
    kind,
    brokers,
    boundBy: asked[most] > zones ? most : "zones",
    used: {
      ingress: need.ingressBytesPerSecond / (brokers * instance.ingressBytesPerSecond),
      egress: need.egressBytesPerSecond / (brokers * instance.egressBytesPerSecond),
      partitions: need.partitions / (brokers * instance.partitions),
      ...(volumeGibibytes === undefined ? {} : { storage: storageBytes / (brokers * volumeGibibytes * GIBIBYTE) }),
    },
    partitionsPerBroker: Math.ceil(need.partitions / brokers),
    ...(volumeGibibytes === undefined ? {} : { volumeGibibytes }),
    vcpus: brokers * instance.vcpus,
    costPerDay:
      volumeGibibytes === undefined
        ? expressPerDay(instance.name, brokers, need, prices)
        : standardPerDay(instance.name, brokers, brokers * volumeGibibytes, prices),
  };
}

const brokersPerDay = (instance: string, brokers: number, prices: Planning["prices"]): OrUnknown<number> => {
  const hour = prices?.instanceHour[instance];
  return hour === undefined ? noPrice(`planning.prices.instanceHour["${instance}"]`) : brokers * hour * 24;
};

/** Brokers, and volumes that are paid for full or empty. */
export function standardPerDay(
  instance: string,
  brokers: number,
  gibibytes: number,
  prices: Planning["prices"],
): OrUnknown<number> {
  const perDay = brokersPerDay(instance, brokers, prices);
  if (isUnknown(perDay) || prices === undefined) return perDay;
  return perDay + (gibibytes * prices.storageGigabyteMonth) / DAYS_OF_MONTH;
}

/** Brokers, what is held once, and what is written. */
function expressPerDay(
  instance: string,
  brokers: number,
  need: TargetNeed,
  prices: Planning["prices"],
): OrUnknown<number> {
  const perDay = brokersPerDay(instance, brokers, prices);
  if (isUnknown(perDay)) return perDay;
  if (prices?.express === undefined) return noPrice("planning.prices.express");
  const gibibytes = (need.heldBytes + need.growthBytes) / need.replicas / GIBIBYTE;
  const writtenGibibytes = (need.ingressBytesPerSecond * SECONDS_OF_DAY) / GIBIBYTE;
  return (
    perDay +
    (gibibytes * prices.express.storageGigabyteMonth) / DAYS_OF_MONTH +
    writtenGibibytes * prices.express.ingressGigabyte
  );
}

export const noPrice = (field: string) =>
  unknown(
    "migration file",
    `the file has no price ${field}`,
    `set ${field} from the price list of the target's region`,
  );

/** Cheapest where the file has prices, else the least processors; then the fewest brokers. */
export function chosenOf(
  all: readonly Candidate[],
  wanted: string | undefined,
): { readonly chosen: OrUnknown<Candidate>; readonly because: string } {
  const eligible = wanted === undefined ? all : all.filter(({ instance }) => instance === wanted);
  const priced = eligible.filter(({ costPerDay }) => !isUnknown(costPerDay));
  const [chosen] = (priced.length > 0 ? priced : eligible).toSorted(
    (a, b) => costOf(a) - costOf(b) || a.vcpus - b.vcpus || a.brokers - b.brokers || taste(a) - taste(b),
  );
  if (chosen === undefined) return { chosen: noneCarriesIt(wanted), because: "no size of broker carries it" };
  const because =
    wanted !== undefined
      ? "planning.target.instanceType names it"
      : priced.length > 0
        ? `the cheapest of the ${priced.length} sizes that the file has a price of`
        : "the least processors that carry it; the file has no price of any size";
  return { chosen, because };
}

function noneCarriesIt(wanted: string | undefined) {
  if (wanted === undefined)
    return unknown(
      "migration file",
      `no size of broker carries it with ${MOST_BROKERS} brokers`,
      "lower planning.headroom, or share the estate between two targets",
    );
  return MSK_INSTANCES.some(({ name }) => name === wanted)
    ? unknown(
        "migration file",
        `${MOST_BROKERS} brokers of planning.target.instanceType ${wanted} do not carry it, or it needs three zones`,
        "name larger brokers there, or leave it out",
      )
    : unknown(
        "migration file",
        `planning.target.instanceType ${wanted} is no size that Sluice has Amazon's figures of`,
        `expected one of ${MSK_INSTANCES.map(({ name }) => name).join(", ")}`,
      );
}

const costOf = ({ costPerDay }: Candidate): number => (isUnknown(costPerDay) ? 0 : costPerDay);

/** Among equals the newer processors, and of those the brokers whose settings are free. */
const taste = ({ instance }: Candidate): number =>
  instance.startsWith("kafka.m7g") ? 0 : instance.startsWith("express") ? 1 : 2;

/** How long the target can keep all that is written: its topics delete nothing before the seal. */
export function storageBound(need: TargetNeed, chosen: OrUnknown<Candidate>): Bound {
  if (isUnknown(chosen)) return { seconds: chosen, because: "storage of the target, which could not be sized" };
  const { volumeGibibytes, brokers } = chosen;
  if (volumeGibibytes === undefined)
    return { seconds: null, because: "storage of the target's Express brokers, which grows by itself" };
  const because = `storage of the target, ${brokers} × ${volumeGibibytes} GiB`;
  const [unmeasured] = need.notMeasured.bytesPerSecond;
  if (unmeasured !== undefined)
    return {
      seconds: unknown(
        "two sweeps",
        `how much is written to ${unmeasured} was not measured`,
        "take a snapshot with throughput",
      ),
      because,
    };
  const free = brokers * volumeGibibytes * GIBIBYTE - need.heldBytes;
  const perSecond = need.ingressBytesPerSecond * need.replicas;
  return { seconds: perSecond === 0 ? null : Math.max(0, free) / perSecond, because };
}
