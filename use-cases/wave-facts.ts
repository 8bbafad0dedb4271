import { z } from "zod";
import { OperatorFault } from "#core/fault.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { WaveItems } from "./ports/wave-store.ts";

const aclEntrySchema: z.ZodType<AclEntry> = z.strictObject({
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

/** Offsets by `topic/partition`, as decimal strings: JSON numbers end at 2^53. */
const positionsSchema = z.record(z.string(), z.string().regex(/^\d+$/));

const fenceSchema = z.strictObject({
  everyone: z.array(aclEntrySchema),
  perPrincipal: z.array(aclEntrySchema),
  unbarrable: z.array(z.string()),
});

/** What a wave must remember between steps, beyond its row. Written before the effect that needs it to be undone. */
const FACTS = {
  /** Topics on the target, by name: the id they had when this wave took them, and what the seal sets back. */
  "target-topics": z.record(z.string(), z.strictObject({ id: z.string(), settings: z.record(z.string(), z.string()) })),
  /** ACL entries that this wave added for its mirrors, removed at the seal. */
  "mirror-rights": z.strictObject({ source: z.array(aclEntrySchema), target: z.array(aclEntrySchema) }),
  /** Every entry the fence of this wave may have put on the source, so that a thaw removes all of them and nothing else. */
  fence: fenceSchema,
  /** The same for the target's topics, which a roll-back bars until the clients are back on the source. */
  "target-fence": fenceSchema,
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
    attempt: z.number().int(),
    direction: z.enum(["forward", "reverse"]),
    /** The roll-back or abort that took it. */
    takenBy: z.string(),
    topicIds: z.record(z.string(), z.strictObject({ source: z.string(), target: z.string() })),
    source: positionsSchema,
    target: positionsSchema,
    /** Records that the mirror's worker repeated, by then. */
    repeated: z.number().int(),
    voidBecause: z.string().optional(),
  }),
  /** Where this attempt's forward mirror began, if not at the beginning of empty topics; decided once. */
  "forward-origin": z.strictObject({
    attempt: z.number().int(),
    source: positionsSchema,
    target: positionsSchema,
  }),
  /** Records of late writers on the source that a person has been told of, by attempt. */
  "late-writers": z.strictObject({ attempt: z.number().int(), records: z.number().int() }),
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
): Promise<void> => items.put(ref, "FACT", name, FACTS[name].parse(value));
