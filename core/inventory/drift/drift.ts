import { itemName } from "../item-name.ts";
import { partitionsOf } from "../lag.ts";
import type { Kinds, Snapshot } from "../snapshot.ts";
import type { Topic } from "../topic.ts";
import { isUnknown, isWhole, type Listing, type Unknown } from "../unknown.ts";
import { COMPARED, DRIFT_KINDS, type DriftKind, type Trait } from "./trait.ts";
import { type Happened, voidedBy } from "./voiding.ts";

export type Change = {
  readonly [K in DriftKind]: Happened & {
    readonly kind: K;
    readonly name: string;
    /** As it is now, or as it was where it is gone. */
    readonly item: Kinds[K];
    /** Absent: there was or is no such value. */
    readonly from?: string;
    readonly to?: string;
    /** The whole of it in a sentence. */
    readonly says: string;
    /** The id of the rule by which it voids what was approved. */
    readonly voids?: string;
  };
}[DriftKind];

/** What could not be compared, of all items of a kind for which the reason is the same. */
export type Uncompared = {
  readonly kind: DriftKind;
  /** The trait; "whether it is there" for items that may only be hidden. */
  readonly what: string;
  readonly why: string;
  readonly cure?: string;
  /** Items seen at one of the two times only, or with the trait unknown; 0: none, and still some may be hidden. */
  readonly count: number;
  /** The first few. */
  readonly names: readonly string[];
};

export type Drift = {
  /** On one cluster, or from source to target. */
  readonly between: "times" | "sides";
  readonly from: Pick<Snapshot, "migration" | "side" | "id">;
  readonly to: Pick<Snapshot, "migration" | "side" | "id">;
  readonly changes: readonly Change[];
  readonly unknowns: readonly Uncompared[];
};

export const HIDDEN = "whether it is there";
const MOST_NAMES = 5;

/** What differs between two snapshots. What either could not learn is unknown: never added, removed or changed. */
export function driftBetween(from: Snapshot, to: Snapshot): Drift {
  const between = from.side === to.side ? "times" : "sides";
  const unknowns = new Unknowns();
  const changes = DRIFT_KINDS.flatMap((kind) => compareKind(kind, between, from, to, unknowns));
  return { between, from: refOf(from), to: refOf(to), changes, unknowns: unknowns.all() };
}

const refOf = ({ migration, side, id }: Snapshot): Drift["from"] => ({ migration, side, id });

function compareKind<K extends DriftKind>(
  kind: K,
  between: Drift["between"],
  from: Snapshot,
  to: Snapshot,
  unknowns: Unknowns,
): readonly Change[] {
  const traitsOf = between === "times" ? COMPARED[kind].traits : COMPARED[kind].acrossSides;
  if (traitsOf === undefined) return [];
  const before = byName(kind, from.listings[kind]);
  const after = byName(kind, to.listings[kind]);
  const changes: Change[] = [];
  // A listing with gaps may hide what nobody ever saw.
  for (const gap of [...from.listings[kind].gaps, ...to.listings[kind].gaps]) unknowns.add(kind, HIDDEN, gap);
  const tell = (name: string, item: Kinds[K], happened: Omit<Happened, "kind">, values: Values = {}) => {
    const whole = { ...happened, kind };
    const rule = voidedBy(between, whole);
    const says = inWords(COMPARED[kind].called(item), whole, values, between);
    const change = { ...whole, name, item, ...values, says, ...(rule === undefined ? {} : { voids: rule.id }) };
    // The kind and the item come from the same listing.
    changes.push(change as unknown as Change);
  };
  for (const [name, item] of after) {
    const was = before.get(name);
    if (was === undefined) {
      if (isWhole(from.listings[kind])) tell(name, item, { change: "added" });
      else unknowns.add(kind, HIDDEN, from.listings[kind].gaps[0], name);
      continue;
    }
    for (const difference of differences(traitsOf(was), traitsOf(item)))
      if ("unknown" in difference) unknowns.add(kind, difference.what, difference, name);
      else tell(name, item, difference.happened, difference.values);
  }
  for (const [name, item] of before) {
    if (after.has(name)) continue;
    if (isWhole(to.listings[kind])) tell(name, item, { change: "removed" });
    else unknowns.add(kind, HIDDEN, to.listings[kind].gaps[0], name);
  }
  if (kind === "topics" && between === "times")
    for (const { topic, ...values } of logsThatWentBack(from.listings.topics, to.listings.topics))
      tell(topic.name, topic as Kinds[K], { change: "changed", trait: "end of log" }, values);
  return changes;
}

type Values = { readonly from?: string; readonly to?: string };
type Difference =
  | { readonly happened: Omit<Happened, "kind">; readonly values: Values }
  | (Unknown & { readonly what: string });

function* differences(before: readonly Trait[], after: readonly Trait[]): Generator<Difference> {
  for (const [index, { what, values: was }] of before.entries()) {
    const is = after[index]?.values;
    if (is === undefined) continue;
    // What is unknown at both times is told once; what has become known is no change.
    if (isUnknown(is)) yield { ...is, what };
    else if (isUnknown(was)) yield { ...was, what };
    else if (typeof was === "string" || typeof is === "string") {
      if (was !== is)
        yield { happened: { change: "changed", trait: what }, values: { from: String(was), to: String(is) } };
    } else
      for (const detail of new Set([...was.keys(), ...is.keys()])) {
        const values = { from: was.get(detail), to: is.get(detail) };
        if (values.from !== values.to)
          yield { happened: { change: "changed", trait: what, detail }, values: present(values) };
      }
  }
}

const present = ({ from, to }: { from: string | undefined; to: string | undefined }): Values => ({
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
});

/** Topics without ids (before Kafka 2.8) show only so that they were made anew; those with ids show lost records. */
function* logsThatWentBack(before: Listing<Topic>, after: Listing<Topic>): Generator<Values & { topic: Topic }> {
  const were = partitionsOf(before);
  for (const topic of after.items) {
    if (isUnknown(topic.partitions)) continue;
    for (const { partition, ends } of topic.partitions) {
      const was = were.get(`${topic.name}/${partition}`)?.ends;
      if (was === undefined || isUnknown(was) || isUnknown(ends) || ends.highWatermark >= was.highWatermark) continue;
      yield {
        topic,
        from: `${was.highWatermark} on partition ${partition}`,
        to: `${ends.highWatermark}`,
      };
      break;
    }
  }
}

function byName<K extends DriftKind>(kind: K, listing: Listing<Kinds[K]>): ReadonlyMap<string, Kinds[K]> {
  const name = itemName[kind] as (item: Kinds[K]) => string;
  return new Map(listing.items.map((item) => [name(item), item]));
}

function inWords(item: string, { change, trait, detail }: Happened, { from, to }: Values, between: Drift["between"]) {
  const isOverTime = between === "times";
  if (change === "added") return `${item} ${isOverTime ? "is new" : "is on the target only"}`;
  if (change === "removed") return `${item} ${isOverTime ? "is gone" : "is on the source only"}`;
  const what = `${item}: ${trait}${detail === undefined ? "" : ` ${detail}`}`;
  return isOverTime
    ? `${what} was ${from ?? "not set"} and is ${to ?? "not set"}`
    : `${what} is ${from ?? "not set"} on the source and ${to ?? "not set"} on the target`;
}

class Unknowns {
  readonly #byReason = new Map<
    string,
    { entry: Omit<Uncompared, "count" | "names">; count: number; names: string[] }
  >();

  add(kind: DriftKind, what: string, cause: Unknown | undefined, name?: string): void {
    const { why = "part of the listing is missing", cure } = cause?.unknown ?? {};
    const key = JSON.stringify([kind, what, why, cure]);
    const known = this.#byReason.get(key) ?? {
      entry: { kind, what, why, ...(cure === undefined ? {} : { cure }) },
      count: 0,
      names: [],
    };
    if (name !== undefined) {
      known.count++;
      if (known.names.length < MOST_NAMES) known.names.push(name);
    }
    this.#byReason.set(key, known);
  }

  all(): readonly Uncompared[] {
    return [...this.#byReason.values()].map(({ entry, count, names }) => ({ ...entry, count, names }));
  }
}
