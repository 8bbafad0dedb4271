import { OperatorFault } from "#core/fault.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import type { FencePlan } from "#core/rights/acl-fence.ts";
import * as z from "#core/schema.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { WaveItems } from "./ports/wave-store.ts";

const aclEntrySchema: z.ZodMiniType<AclEntry> = z.strictObject({
  resourceType: z.enum(["TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID"]),
  resourceName: z.string(),
  pattern: z.enum(["LITERAL", "PREFIXED"]),
  principal: z.string(),
  host: z.string(),
  operation: z.enum([
    "ALL",
    "READ",
    "WRITE",
    "CREATE",
    "DELETE",
    "ALTER",
    "DESCRIBE",
    "CLUSTER_ACTION",
    "DESCRIBE_CONFIGS",
    "ALTER_CONFIGS",
    "IDEMPOTENT_WRITE",
    "CREATE_TOKENS",
    "DESCRIBE_TOKENS",
    "TWO_PHASE_COMMIT",
  ]),
  permission: z.enum(["ALLOW", "DENY"]),
});

const fenceSchema: z.ZodMiniType<FencePlan> = z.strictObject({
  freeze: z.array(aclEntrySchema),
  narrowed: z.strictObject({ add: z.array(aclEntrySchema), remove: z.array(aclEntrySchema) }),
  unbarrable: z.array(z.string()),
});

/** Offsets by `topic/partition`, as decimal strings: JSON numbers end at 2^53. */
const offsetSchema = z.string().check(z.regex(/^\d+$/));
const positionsSchema = z.record(z.string(), offsetSchema);

/** What a wave must remember between steps, beyond its row. Written before the effect that needs it to be undone. */
const FACTS = {
  /** Topics on the target, by name: the id they had when this wave took them, and what the seal sets back. */
  "target-topics": z.record(z.string(), z.strictObject({ id: z.string(), settings: z.record(z.string(), z.string()) })),
  /** ACL entries that this wave added for its mirrors, removed at the seal. */
  "mirror-rights": z.strictObject({ source: z.array(aclEntrySchema), target: z.array(aclEntrySchema) }),
  /** In this attempt the wave has taken its connectors down for good: it needs no worker and no shared right any more. */
  "mirrors-gone": z.strictObject({ attempt: z.int() }),
  /** Every entry the fence of this wave may have put on the source, so that a thaw removes all of them and nothing else. */
  fence: fenceSchema,
  /** The same for the target's topics, which a roll-back bars until the clients are back on the source, or it is withdrawn. */
  "target-fence": z.strictObject({ plan: fenceSchema, isLifted: z.boolean() }),
  /** The attempt whose reverse workers were launched: before, it has no reverse mirror, and perhaps no worker to ask about one. */
  "reverse-launched": z.strictObject({ attempt: z.int() }),
  /** Rights of the wave's clients on the target that this wave added; taken away by an abort. */
  "client-rights": z.array(aclEntrySchema),
  /** Right to write of the wave's clients on the target; added when producers move. */
  "write-rights": z.array(aclEntrySchema),
  /** Ends of both sides at the moment the drain was proved. */
  watermarks: z.strictObject({ freeze: z.string(), source: positionsSchema, target: positionsSchema }),
  /**
   * Where the next attempt's forward mirror starts: the same point of both logs, per partition, taken once the attempt's
   * mirror was STOPPED. \`voidBecause\`: what keeps it from being used; then the next attempt takes fresh target topics.
   */
  pin: z.strictObject({
    attempt: z.int(),
    direction: z.enum(["forward", "reverse"]),
    /** The roll-back or abort that took it. */
    takenBy: z.string(),
    topicIds: z.record(z.string(), z.strictObject({ source: z.string(), target: z.string() })),
    source: positionsSchema,
    target: positionsSchema,
    /** Records that the mirror's worker repeated, by then. */
    repeated: z.int(),
    /** Where late writers' records begin on the source: a group that would go on right behind one has not read it. */
    foreignFrom: z.optional(positionsSchema),
    voidBecause: z.optional(z.string()),
  }),
  /** Where this attempt's forward mirror began, if not at the beginning of empty topics; decided once. */
  "forward-origin": z.strictObject({
    attempt: z.int(),
    source: positionsSchema,
    target: positionsSchema,
  }),
  /** What the last ticks have seen of the way back, for eligibility and a forced roll-back. Instants in ms. */
  "way-back": z.strictObject({
    attempt: z.int(),
    at: z.int(),
    /** When the target was last read. */
    seenAt: z.int(),
    targetProblem: z.optional(z.strictObject({ since: z.int(), reason: z.string() })),
    reverseProblem: z.optional(z.string()),
    hasProducers: z.boolean(),
    /** Per partition: the same point of both logs, and the target's records behind it. */
    tails: z.record(
      z.string(),
      z.strictObject({
        source: offsetSchema,
        target: offsetSchema,
        records: z.int(),
        /** The first of them, by content. */
        identities: z.array(z.string()),
        /** How many of them were on the source when it was last looked at. */
        carried: z.int(),
        /** Records before the point that the reverse mirror has left out. */
        missing: z.int(),
      }),
    ),
    groups: z.record(
      z.string(),
      z.strictObject({
        positions: z.record(
          z.string(),
          z.strictObject({
            target: offsetSchema,
            source: offsetSchema,
            /** Records of the tail that are before its position on the target. */
            ahead: z.int(),
            /** Records that it has read since and would read again, where its position does not translate. */
            repeats: z.int(),
          }),
        ),
        problem: z.optional(z.string()),
      }),
    ),
  }),
  /** Records of late writers on the source, by where they are; a person was told of the first `told` of these finds. */
  "late-writers": z.strictObject({
    attempt: z.int(),
    told: z.int(),
    found: z.array(
      z.strictObject({
        partition: z.string(),
        first: offsetSchema,
        last: offsetSchema,
        records: z.int(),
        who: z.string(),
      }),
    ),
  }),
} as const;

type FactName = keyof typeof FACTS;
export type Fact<N extends FactName> = z.output<(typeof FACTS)[N]>;

export async function readFact<N extends FactName>(
  items: WaveItems,
  ref: WaveRef,
  name: N,
): Promise<Fact<N> | undefined> {
  const stored = await items.get(ref, "FACT", name);
  return stored === undefined ? undefined : (FACTS[name].parse(stored) as Fact<N>);
}

export async function needFact<N extends FactName>(items: WaveItems, ref: WaveRef, name: N): Promise<Fact<N>> {
  const fact = await readFact(items, ref, name);
  if (fact === undefined)
    throw new OperatorFault(
      `wave ${ref.wave} has no stored ${name}, which an earlier step writes; its items were changed from outside`,
    );
  return fact;
}

export const writeFact = async <N extends FactName>(
  items: WaveItems,
  ref: WaveRef,
  name: N,
  value: Fact<N>,
): Promise<void> => {
  await items.put(ref, "FACT", name, FACTS[name].parse(value));
};

/** As `writeFact`; false where a later run has written it, which a handler that lost its turn must not write over. */
export const writeFactInRun = async <N extends FactName>(
  items: WaveItems,
  { run, ...ref }: WaveRef & { readonly run: number },
  name: N,
  value: Fact<N>,
): Promise<boolean> => {
  const isWritten = await items.putInRun(ref, run, "FACT", name, FACTS[name].parse(value));
  return isWritten;
};
