/** Waves that stand where a measurement wants them, without the way there: their rows, facts, topics, commits and connectors. */
import type { z } from "zod";
import type { Side } from "#core/kafka/offset.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { type PartitionKey, partitionKey } from "#core/kafka/topic-partition.ts";
import type { migrationSchema } from "#core/migration/migration.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { type Phase, stepAt } from "#core/wave/lifecycle.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { writeProgress } from "#use-cases/group-progress.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import { writeFact } from "#use-cases/wave-facts.ts";
import type { StandInConnector } from "./connect-stand-in.ts";

export type PaperPhase = Extract<Phase, "replicating" | "consumers-moved" | "producers-moved">;
export type PaperWave = { readonly wave: string; readonly phase: PaperPhase; readonly partitions: number };

export const topicOf = (ref: WaveRef): string => `${ref.migration}-${ref.wave}`;
const groupOf = (ref: WaveRef): string => `${topicOf(ref)}-ledger`;
/** On each partition when the wave is made. */
export const FIRST_RECORDS = 3;

export const declaredWave = (
  migration: string,
  { wave }: PaperWave,
): z.input<typeof migrationSchema>["waves"][number] => ({
  name: wave,
  topics: [topicOf({ migration, wave })],
  groups: [{ id: groupOf({ migration, wave }), owner: "bench", reset: "earliest", maxLagRecords: 1_000_000 }],
  clients: [
    { name: "api", kind: "producer", principal: "User:api", switch: { ssm: `/${migration}/${wave}/api` } },
    {
      name: "ledger",
      kind: "consumer",
      group: groupOf({ migration, wave }),
      principal: "User:ledger",
      switch: { ssm: `/${migration}/${wave}/ledger` },
    },
  ],
});

/** Its run's execution has begun, and the gates before its next step are open. */
export const rowOf = (migration: string, { wave, phase }: PaperWave, now: number): WaveRow => {
  const step = stepAt(phase)?.step;
  if (step === undefined) throw new Error(`no step after ${phase}`);
  return {
    ...plannedRow({ migration, wave }, now),
    phase,
    run: 1,
    attemptStartedAt: now,
    gate: { step, run: 1, token: `token-of-${migration}-${wave}`, openedAt: now },
  };
};

type Logs = { readonly source: Cluster<"source">; readonly target: Cluster<"target"> };

const everyPartition = <T>(ref: WaveRef, partitions: number, value: T): Record<PartitionKey, T> =>
  Object.fromEntries(
    Array.from({ length: partitions }, (_, partition) => [partitionKey({ topic: topicOf(ref), partition }), value]),
  );

/** Where the wave's group stands, and what the wave remembers of how it came here. */
export const settleWave = async (store: WaveStore, logs: Logs, ref: WaveRef, wave: PaperWave): Promise<void> => {
  const at = everyPartition(ref, wave.partitions, { offset: `${FIRST_RECORDS}`, metadata: "" });
  await commitAll(logs.source, ref, wave, FIRST_RECORDS);
  if (wave.phase === "replicating") return;
  await commitAll(logs.target, ref, wave, FIRST_RECORDS);
  const now = Date.now();
  await writeProgress(store.items, ref, groupOf(ref), {
    attempt: 1,
    stoppedAt: now,
    source: at,
    target: at,
    movedAt: now,
  });
  if (wave.phase !== "producers-moved") return;
  const ends = everyPartition(ref, wave.partitions, `${FIRST_RECORDS}`);
  await writeFact(store.items, ref, "watermarks", { freeze: "freeze-1", source: ends, target: ends });
};

export const commitAll = async <S extends Side>(
  { groups }: Cluster<S>,
  ref: WaveRef,
  { partitions }: PaperWave,
  records: number,
): Promise<void> => {
  const commits = everyPartition(ref, partitions, { offset: offsetOn<S>(BigInt(records)), metadata: "" });
  await groups.commit(
    groupOf(ref),
    new Map(Object.entries(commits) as [PartitionKey, (typeof commits)[PartitionKey]][]),
  );
};

/** The connectors that such a wave has, as they stand. */
export const connectorsOf = (ref: WaveRef, { phase, partitions }: PaperWave): [string, StandInConnector][] => {
  const topics = new Map([[topicOf(ref), { partitions, records: FIRST_RECORDS }]]);
  const forward = { direction: "forward", state: phase === "producers-moved" ? "STOPPED" : "RUNNING", topics } as const;
  const reverse = { direction: "reverse", state: "RUNNING", topics } as const;
  return [
    [connectorName(ref, 1, "forward"), { ...forward }],
    ...(phase === "producers-moved"
      ? [[connectorName(ref, 1, "reverse"), { ...reverse }] as [string, StandInConnector]]
      : []),
  ];
};
