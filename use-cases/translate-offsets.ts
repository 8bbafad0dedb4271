import { OperatorFault } from "#core/fault.ts";
import { type OffsetOn, offsetOn, type Side } from "#core/kafka/offset.ts";
import { type PartitionMap, parsePartitionKey, type TopicPartition } from "#core/kafka/topic-partition.ts";
import { type Proof, proof } from "#core/offsets/proof.ts";
import type { ReadAnswer, Reading, ReadRequest } from "#core/offsets/reading.ts";
import { translate } from "#core/offsets/translate.ts";
import type { ProvedThrough, TopicTraits, Translation } from "#core/offsets/translation.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import type { LogReader, TopicDescription } from "./ports/cluster.ts";

/** Both logs of a translation or comparison: `from` is upstream of `to`. */
export type LogPair<A extends Side, B extends Side> = { readonly from: LogReader<A>; readonly to: LogReader<B> };

export type GroupPositions<A extends Side, B extends Side> = {
  /** The group's commits, or where it would begin (`startingOffset`). */
  readonly positions: PartitionMap<OffsetOn<A>>;
  /** The mirror's replicated-through, read before this call; a partition that is absent has nothing mirrored. */
  readonly frontier: PartitionMap<bigint>;
  readonly topics: {
    readonly from: ReadonlyMap<string, TopicDescription>;
    readonly to: ReadonlyMap<string, TopicDescription>;
  };
  /** From the states of `compareMirror`, where there are any: spares reading what it has compared. */
  readonly proved?: PartitionMap<ProvedThrough<A, B>>;
};

/** Translates every position; partitions concurrently, at most `maxConcurrency` at once. */
export const translateGroup = async <A extends Side, B extends Side>(
  { from, to }: LogPair<A, B>,
  { positions, frontier, topics, proved }: GroupPositions<A, B>,
  maxConcurrency = 16,
): Promise<PartitionMap<Translation<A, B>>> => {
  const partitions = [...positions.keys()].map(parsePartitionKey);
  // In this order: then no record of `to` is unknown to `from`.
  const toEnds = await to.ends(partitions);
  const fromEnds = await from.ends(partitions);
  const translations = await mapConcurrently(positions, maxConcurrency, async ([key, committed]) => {
    const partition = parsePartitionKey(key);
    const provedHere = proved?.get(key);
    const reading = translate<A, B>({
      partition,
      committed,
      frontier: offsetOn<A>(frontier.get(key) ?? 0n),
      from: { ends: known(fromEnds, key, "from"), topic: traits(topics.from, partition.topic, "from") },
      to: { ends: known(toEnds, key, "to"), topic: traits(topics.to, partition.topic, "to") },
      ...(provedHere === undefined ? {} : { proved: provedHere }),
    });
    return [key, await answerReads({ from, to }, partition, reading)] as const;
  });
  return new Map(translations);
};

export type CommittedTranslation<A extends Side, B extends Side> = {
  readonly committed: OffsetOn<A>;
  readonly translated: OffsetOn<B>;
  readonly frontier: OffsetOn<A>;
};

/** After the commit was read back: whether each group position has the same record ahead on both sides. */
export const proveTranslations = async <A extends Side, B extends Side>(
  { from, to }: LogPair<A, B>,
  translations: PartitionMap<CommittedTranslation<A, B>>,
  maxConcurrency = 16,
): Promise<PartitionMap<Proof>> => {
  const proofs = await mapConcurrently(translations, maxConcurrency, async ([key, translation]) => {
    const partition = parsePartitionKey(key);
    // `to` first: what it has by then, `from` has too.
    const there = await to.read({ partition, from: translation.translated, limit: 1, isolation: "read_committed" });
    const here = await from.read({ partition, from: translation.committed, limit: 1, isolation: "read_committed" });
    return [key, proof({ partition, ...translation, next: { from: here.records[0], to: there.records[0] } })] as const;
  });
  return new Map(proofs);
};

/** Runs a reading against two logs; requests yielded together are sent together. */
const answerReads = async <A extends Side, B extends Side, T>(
  logs: LogPair<A, B>,
  partition: TopicPartition,
  reading: Reading<T>,
): Promise<T> => {
  let step = reading.next();
  while (step.done !== true) {
    const answers = step.value.map((request) =>
      request.log === "from" ? answer(logs.from, partition, request) : answer(logs.to, partition, request),
    );
    step = reading.next(await Promise.all(answers));
  }
  return step.value;
};

const answer = async <S extends Side>(
  log: LogReader<S>,
  partition: TopicPartition,
  request: ReadRequest,
): Promise<ReadAnswer> => {
  if (request.kind === "offset-at-time")
    return { kind: "offset-at-time", offset: await log.offsetAtTime(partition, request.timestamp) };
  const slice = await log.read({
    partition,
    from: offsetOn<S>(request.from),
    until: offsetOn<S>(request.until),
    limit: request.limit,
    isolation: "read_committed",
  });
  return { kind: "records", records: slice.records, next: slice.next };
};

const traits = (topics: ReadonlyMap<string, TopicDescription>, name: string, role: "from" | "to"): TopicTraits => {
  const topic = known(topics, name, role);
  const config = (key: string): string => {
    const value = topic.configs.get(key)?.value;
    if (value === undefined || value === null)
      throw new OperatorFault(
        `${key} of topic ${name} on the ${role} side cannot be read; give Sluice's principal DESCRIBE_CONFIGS on it`,
      );
    return value;
  };
  return { cleanupPolicy: config("cleanup.policy"), timestampType: config("message.timestamp.type") };
};

const known = <K extends string, V>(map: ReadonlyMap<K, V>, key: K, role: "from" | "to"): V => {
  const value = map.get(key);
  if (value === undefined)
    throw new OperatorFault(`${key} is not on the ${role} side; create it there, or correct the wave's topics`);
  return value;
};
