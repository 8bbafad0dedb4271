/** Gate inventory: the estate is known, decided about, and still what was approved. */

import { asDeclared } from "#core/inventory/as-declared.ts";
import { dispositionCheck, INVENTORY_CHECKS, type WaivableCheck } from "#core/inventory/checks.ts";
import { clientsOf } from "#core/inventory/clients/clients.ts";
import { coupledOutside } from "#core/inventory/coupling.ts";
import { BLOCKING_KINDS } from "#core/inventory/dispositions/disposition.ts";
import { type Fates, fatesOf } from "#core/inventory/dispositions/fates.ts";
import { sinceApproved } from "#core/inventory/drift/since-approved.ts";
import { type FlagFacts, flagFacts } from "#core/inventory/flags/flag-facts.ts";
import { type Flag, raiseFlags } from "#core/inventory/flags/flags.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import { waiverOf } from "#core/inventory/waivers.ts";
import { reviewedLast } from "#core/migration/estate.ts";
import type { Migration, WavePlan } from "#core/migration/migration.ts";
import type { Verdict } from "./verdict.ts";

export type InventoryFacts = {
  readonly migration: Migration;
  readonly wave: WavePlan;
  /** The newest of each side; undefined where there is none. */
  readonly source: Snapshot | undefined;
  readonly target: Snapshot | undefined;
  /** The source as it was when the plan was approved, or when a person reviewed it last. */
  readonly approved: Snapshot | undefined;
  readonly now: number;
};

type Judged = { readonly check: string; readonly verdict: Verdict; readonly reason: string };

const MOST_NAMES = 3;
const DEFAULT_MAX_AGE_HOURS = 36;

export function judgeInventory(facts: InventoryFacts): readonly Judged[] {
  const { migration, wave, target, now } = facts;
  const snapshot = judgeFreshness(facts);
  if (facts.source === undefined || target === undefined)
    return INVENTORY_CHECKS.map((check) =>
      check === "snapshot" ? snapshot : { check, verdict: "unknown", reason: snapshot.reason },
    );
  const source = asDeclared(facts.source, migration.estate);
  const scoped = flagFacts(migration, { source, target }, clientsOf(source, migration), wave);
  const fates = fatesOf(migration, source);
  const judged = [
    ...BLOCKING_KINDS.map((kind) => judgeDispositions(fates, kind, migration)),
    judgeCoupling(scoped, facts),
    judgeDrift(facts, source),
    ...raiseFlags(scoped, now).map(judgeFlag),
  ];
  return [snapshot, ...judged.map((one) => unlessWaived(one, facts))];
}

function judgeFreshness({ migration, source, target, now }: InventoryFacts): Judged {
  const check = "snapshot";
  const hours = migration.estate?.snapshotMaxAgeHours ?? DEFAULT_MAX_AGE_HOURS;
  for (const [side, snapshot] of [
    ["source", source],
    ["target", target],
  ] as const) {
    if (snapshot === undefined)
      return { check, verdict: "unknown", reason: `there is no snapshot of the ${side}; ${takeOne(migration)}` };
    const age = (now - snapshot.endedAt) / 3_600_000;
    if (age > hours)
      return {
        check,
        verdict: "unknown",
        reason: `the newest snapshot of the ${side} is ${Math.floor(age)} h old, and may be ${hours} h old at most; ${takeOne(migration)}`,
      };
  }
  return { check, verdict: "pass", reason: `both sides were looked at within ${hours} h` };
}

function judgeDispositions(
  fates: Fates,
  kind: (typeof BLOCKING_KINDS)[number],
  { name: migration }: Migration,
): Judged {
  const check = dispositionCheck(kind);
  const gap = fates.gaps.find((one) => one.kind === kind)?.gap.unknown;
  if (gap !== undefined)
    return { check, verdict: "unknown", reason: `some may not have been seen: ${withCure(gap.why, gap.cure)}` };
  const all = fates.items.filter((fate) => fate.kind === kind);
  const undecided = all.filter(({ disposition }) => disposition === "undecided");
  if (undecided.length === 0) return { check, verdict: "pass", reason: `all ${all.length} are decided` };
  const names = undecided.map(({ name, proposed }) =>
    proposed === undefined ? name : `${name} (proposed: ${proposed.disposition})`,
  );
  return {
    check,
    verdict: "hold",
    reason: `${undecided.length} of ${all.length} are undecided: ${firstOf(names)}; ${listed(migration, kind, names)}decide them in estate.decisions of the migration file and post it`,
  };
}

function judgeCoupling(scoped: FlagFacts, { wave, now }: InventoryFacts): Judged {
  const check = "coupling";
  const { items, gaps } = coupledOutside(scoped, wave, now);
  const [gap] = gaps;
  if (gap !== undefined)
    return { check, verdict: "unknown", reason: `not all was seen: ${withCure(gap.unknown.why, gap.unknown.cure)}` };
  const left = items.filter(({ stays }) => stays === undefined);
  if (left.length === 0)
    return {
      check,
      verdict: "pass",
      reason:
        items.length === 0
          ? "nothing that is coupled to the wave is left outside"
          : `declared to stay: ${firstOf(items.map(({ name, stays }) => `${name} (by ${stays?.by}, until ${stays?.until})`))}`,
    };
  return {
    check,
    verdict: "hold",
    reason: `left outside: ${firstOf(left.map(({ kind, name, says }) => `${kind} ${name} ${says}`))}; take it into the wave, or let a person declare in estate.stays of the migration file that it stays, and post it`,
  };
}

function judgeDrift({ approved, migration, wave }: InventoryFacts, source: Snapshot): Judged {
  const check = "drift";
  const reviewed = reviewedLast(migration.estate);
  if (approved === undefined)
    return {
      check,
      verdict: "unknown",
      reason: `${reviewed === undefined ? "no snapshot tells how the source was when the plan was approved" : `estate.reviews names snapshot ${reviewed} of the source, which is not there`}; ${reviewing(source)}`,
    };
  const { voiding, blind } = sinceApproved(migration, wave, approved, source);
  if (voiding.length > 0)
    return {
      check,
      verdict: "hold",
      reason: `since the plan was approved: ${firstOf(voiding.map(({ says, voids }) => `${says} (${voids})`))}; look at it with GET /migrations/${migration.name}/drift?from=source/${approved.id}&to=source/${source.id}; where it may stand, ${reviewing(source)}`,
    };
  return blind === undefined
    ? { check, verdict: "pass", reason: `nothing of the wave has changed since ${approved.id}` }
    : {
        check,
        verdict: "unknown",
        reason: `${blind.what} of ${blind.kind} cannot be compared: ${withCure(blind.why, blind.cure)}; then name a snapshot that knows it in estate.reviews of the migration file, and post it`,
      };
}

const judgeFlag = ({ id, answer, found, foundCount, unknowns, lookedAt, cure }: Flag): Judged => {
  if (answer === false) return { check: id, verdict: "pass", reason: `none among ${lookedAt}` };
  if (answer === true)
    return {
      check: id,
      verdict: "hold",
      reason: `${foundCount}: ${firstOf(found.map(({ item, says }) => `${item} ${says}`))}; ${cure}`,
    };
  const [first] = unknowns;
  return { check: id, verdict: "unknown", reason: withCure(`${first?.item} ${first?.says}`.trim(), cure) };
};

function unlessWaived(judged: Judged, { migration, wave, now }: InventoryFacts): Judged {
  if (judged.verdict === "pass") return judged;
  const waiver = waiverOf(migration.estate, judged.check as WaivableCheck, [wave], now);
  return waiver === undefined
    ? judged
    : {
        check: judged.check,
        verdict: "pass",
        reason: `accepted by ${waiver.by} until ${waiver.until} (${waiver.reason}); it said: ${judged.reason}`,
      };
}

const takeOne = ({ name }: Migration): string => `POST /migrations/${name}/snapshots takes one of both sides`;

const reviewing = ({ id }: Snapshot): string =>
  `name snapshot ${id} in estate.reviews of the migration file, and post it`;

const listed = (migration: string, kind: string, names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? ""
    : `GET /migrations/${migration}/dispositions?kind=${kind}&disposition=undecided lists them; `;

/** What a plan is compared with: the source as it was known when the plan was posted, else as it was first known after. */
export const approvedWith = <H extends { readonly startedAt: number }>(
  headers: readonly H[],
  postedAt: number,
): H | undefined => {
  const sorted = headers.toSorted((a, b) => a.startedAt - b.startedAt);
  return sorted.findLast(({ startedAt }) => startedAt <= postedAt) ?? sorted[0];
};

const firstOf = (names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? names.join("; ")
    : `${names.slice(0, MOST_NAMES).join("; ")} and ${names.length - MOST_NAMES} more`;

const withCure = (why: string, cure: string | undefined): string => (cure === undefined ? why : `${why}; ${cure}`);
