import type { Snapshot } from "#core/inventory/snapshot.ts";
import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { Migration } from "#core/migration/migration.ts";
import { mirrorSignIn } from "#core/migration/sign-in.ts";
import { mirrorEnds } from "#core/replication/mirror-ends.ts";

/** A limit that a mirror's principal gets on one side, so that a copy never takes what the estate's own clients need. */
export type MirrorQuota = {
  readonly direction: "forward" | "reverse";
  readonly side: Side;
  /** Undefined: only its secret or certificate says who it is. */
  readonly principal: string | undefined;
  readonly property: "consumer_byte_rate" | "producer_byte_rate";
  /** Brokers hold quotas each for itself. */
  readonly bytesPerSecondPerBroker: OrUnknown<number>;
  readonly because: string;
  /** For a shell; absent where the principal or the figure is unknown. */
  readonly command?: string;
};

export type QuotaFacts = {
  /** What the mirror copies when nothing limits it: a copy as fast as promised. */
  readonly copyBytesPerSecond: OrUnknown<number>;
  /** Of the wave that is written to most: with less than this and the headroom, its mirror falls behind. */
  readonly busiestWaveBytesPerSecond: OrUnknown<number>;
  readonly headroom: number;
  readonly brokers: Readonly<Record<Side, OrUnknown<number>>>;
  /** What one broker of a side can give beside what it gives already; undefined where its size is not known. */
  readonly freeEgressPerBroker: Readonly<Record<Side, number | undefined>>;
};

export function mirrorQuotas(migration: Migration, facts: QuotaFacts): readonly MirrorQuota[] {
  return (["forward", "reverse"] as const).flatMap((direction) => {
    const { upstream, downstream } = mirrorEnds(direction);
    return [
      quota(migration, facts, direction, upstream, "consumer_byte_rate"),
      quota(migration, facts, direction, downstream, "producer_byte_rate"),
    ];
  });
}

function quota(
  migration: Migration,
  facts: QuotaFacts,
  direction: MirrorQuota["direction"],
  side: Side,
  property: MirrorQuota["property"],
): MirrorQuota {
  const { principal } = mirrorSignIn(migration, direction, side);
  const brokers = facts.brokers[side];
  const free = property === "consumer_byte_rate" ? facts.freeEgressPerBroker[side] : undefined;
  const { rate, because } = isUnknown(brokers)
    ? { rate: brokers, because: "how many brokers share it is not known" }
    : ratePerBroker(facts, Math.max(1, brokers), free);
  return {
    direction,
    side,
    principal,
    property,
    bytesPerSecondPerBroker: rate,
    because,
    ...(principal === undefined || isUnknown(rate)
      ? {}
      : { command: command(migration, side, principal, `${property}=${rate}`) }),
  };
}

/** As fast as it copies, as if leaders were spread evenly; less where the brokers cannot spare that, yet never so little that it falls behind. */
function ratePerBroker(
  { copyBytesPerSecond: copy, busiestWaveBytesPerSecond: busiest, headroom }: QuotaFacts,
  brokers: number,
  free: number | undefined,
): { readonly rate: OrUnknown<number>; readonly because: string } {
  if (isUnknown(copy)) return { rate: copy, because: "a limit below what the mirror needs would stop the wave" };
  const follows = isUnknown(busiest) ? 0 : Math.ceil(busiest / (1 - headroom) / brokers);
  const copies = Math.ceil(copy / brokers);
  const needed = `the busiest wave's writes, with ${Math.round(headroom * 100)} % left free`;
  if (follows >= copies) return { rate: follows, because: `${needed}: more than the mirror was said to copy` };
  if (free === undefined || free >= copies) return { rate: copies, because: "what the mirror copies" };
  return free >= follows
    ? { rate: Math.max(1, Math.floor(free)), because: "what the brokers can spare: copying takes longer for it" }
    : { rate: follows, because: `${needed}: more than the brokers can spare` };
}

const command = (migration: Migration, side: Side, principal: string, config: string): string => {
  const servers = migration[side].bootstrapServers?.join(",") ?? `<${side}'s bootstrap servers>`;
  const name = principal.replace(/^User:/, "");
  return `kafka-configs.sh --bootstrap-server ${servers} --command-config admin.properties --alter --add-config ${quoted(config)} --entity-type users --entity-name ${quoted(name)}`;
};

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export const brokersOf = (snapshot: Snapshot | undefined): OrUnknown<number> =>
  snapshot === undefined || snapshot.listings.brokers.items.length === 0
    ? unknown("Metadata", "how many brokers it has is not known", "take a snapshot of it")
    : snapshot.listings.brokers.items.length;
