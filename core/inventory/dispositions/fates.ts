import type { Migration } from "#core/migration/migration.ts";
import { itemName } from "../item-name.ts";
import type { Kinds, Snapshot } from "../snapshot.ts";
import type { Unknown } from "../unknown.ts";
import { type Decided, decidedIn } from "./decided.ts";
import { DECIDED_KINDS, type DecidedKind, type Disposition } from "./disposition.ts";
import { DISPOSITION_RULES, type RuleFacts, ruleFacts } from "./rules.ts";

/** What becomes of one item. */
export type Fate = {
  readonly kind: DecidedKind;
  readonly name: string;
  /** As decided; undecided where nobody has. */
  readonly disposition: Disposition;
  /** The person of the file, or `rule:` and the rule that may decide by itself; absent while undecided. */
  readonly decidedBy?: string;
  readonly reason: string;
  /** What the rules would have it be, and why. */
  readonly proposed?: { readonly disposition: Disposition; readonly rule: string; readonly reason: string };
  readonly owner?: string;
};

export type Fates = {
  readonly items: readonly Fate[];
  /** Kinds of which some items may not have been seen. */
  readonly gaps: readonly { readonly kind: DecidedKind; readonly gap: Unknown }[];
  /** Decisions of the file that no item answers to: misspelt, or done. */
  readonly unused: readonly { readonly kind: DecidedKind; readonly name: string }[];
};

/** The fate of every item: a person's word first, then a rule that may decide, else undecided, with what is proposed. */
export function fatesOf(migration: Migration, source: Snapshot): Fates {
  const decided = decidedIn(migration.estate);
  const facts = ruleFacts(migration, source);
  const items = DECIDED_KINDS.flatMap((kind) => fatesOfKind(kind, source, decided, facts));
  const used = new Set<unknown>(items.map(({ kind, name }) => decided(kind, name)));
  return {
    items,
    gaps: DECIDED_KINDS.flatMap((kind) => source.listings[kind].gaps.map((gap) => ({ kind, gap }))),
    unused: (migration.estate?.decisions ?? [])
      .filter((decision) => !used.has(decision))
      .map(({ kind, name, prefix }) => ({ kind, name: name ?? `${prefix}…` })),
  };
}

const fatesOfKind = <K extends DecidedKind>(
  kind: K,
  source: Snapshot,
  decided: Decided,
  facts: RuleFacts,
): readonly Fate[] =>
  source.listings[kind].items.map((item) => {
    const name = (itemName[kind] as (item: Kinds[K]) => string)(item as Kinds[K]);
    const proposal = propose(kind, item as Kinds[K], facts);
    const { decides, ...proposed } = proposal ?? {};
    const decision = decided(kind, name);
    const common = {
      kind,
      name,
      ...(proposal === undefined ? {} : { proposed: proposed as NonNullable<Fate["proposed"]> }),
      ...(decision?.owner === undefined ? {} : { owner: decision.owner }),
    };
    // A prefix is a net thrown wide: what moves with a wave, or is Kafka's own, it does not take out.
    if (decision !== undefined && (decision.name !== undefined || decides !== true))
      return { ...common, disposition: decision.disposition, decidedBy: decision.by, reason: decision.reason };
    if (proposal !== undefined && decides === true)
      return {
        ...common,
        disposition: proposal.disposition,
        decidedBy: `rule:${proposal.rule}`,
        reason: proposal.reason,
      };
    return {
      ...common,
      disposition: "undecided",
      reason:
        proposal === undefined
          ? "no rule has a proposal: put it into a wave, or decide it in estate.decisions of the migration file"
          : `proposed: ${proposal.disposition}, since it ${proposal.reason}; confirm or decide otherwise in estate.decisions of the migration file`,
    };
  });

function propose<K extends DecidedKind>(kind: K, item: Kinds[K], facts: RuleFacts) {
  for (const { id, disposition, decides = false, reason } of DISPOSITION_RULES[kind]) {
    const why = reason(item as never, facts);
    if (why !== undefined) return { disposition, rule: id, reason: why, decides };
  }
  return undefined;
}
