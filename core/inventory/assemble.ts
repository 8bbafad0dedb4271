import type { Kind, Kinds, Listings, SomeListings } from "./snapshot.ts";
import type { Source } from "./source.ts";
import { type Listing, type Unknown, unknown } from "./unknown.ts";

/** Who tells of each kind, and why there is nothing where nobody was asked. */
const KINDS = {
  cluster: ["Metadata"],
  brokers: ["Metadata"],
  topics: ["Metadata"],
  groups: ["ListGroups"],
  producers: ["DescribeProducers"],
  transactions: ["ListTransactions"],
  acls: ["DescribeAcls"],
  "scram-users": ["DescribeUserScramCredentials"],
  quotas: ["DescribeClientQuotas"],
  throughput: ["two sweeps"],
  registry: ["Schema Registry"],
  subjects: ["Schema Registry"],
  "schema-use": ["sampled records"],
  connectors: ["Kafka Connect"],
  operations: ["migration file"],
} as const satisfies Readonly<Record<Kind, readonly [Source]>>;

export const kinds = Object.keys(KINDS) as readonly Kind[];

/** What pages brought, as one. A kind that none of them is about is a listing of nothing, with a gap that says so. */
export function assemble(pages: readonly SomeListings[], at: number): Listings {
  const of = <K extends Kind>(kind: K): Listing<Kinds[K]> => {
    const parts = pages.flatMap((page): Listing<Kinds[K]>[] => {
      const part: SomeListings[K] = page[kind];
      return part === undefined ? [] : [part];
    });
    return joined(parts) ?? { source: KINDS[kind][0], readAt: at, items: [], gaps: [notAsked(kind)] };
  };
  return {
    cluster: of("cluster"),
    brokers: of("brokers"),
    topics: of("topics"),
    groups: of("groups"),
    producers: of("producers"),
    transactions: of("transactions"),
    acls: of("acls"),
    "scram-users": of("scram-users"),
    quotas: of("quotas"),
    throughput: of("throughput"),
    registry: of("registry"),
    subjects: of("subjects"),
    "schema-use": of("schema-use"),
    connectors: of("connectors"),
    operations: of("operations"),
  };
}

function joined<T>(parts: readonly Listing<T>[]): Listing<T> | undefined {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first;
  return {
    source: first.source,
    readAt: Math.min(...parts.map(({ readAt }) => readAt)),
    items: parts.flatMap(({ items }) => items),
    // Each page tells of the same silent broker.
    gaps: [...new Map(parts.flatMap(({ gaps }) => gaps.map((gap) => [gap.unknown.why, gap] as const))).values()],
  };
}

const notAsked = (kind: Kind): Unknown =>
  unknown(KINDS[kind][0], `${kind} of this cluster were not looked at by this snapshot`);
