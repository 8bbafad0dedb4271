import type { Group } from "#core/inventory/group.ts";
import { partitionsOf } from "#core/inventory/lag.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { Partition, Topic } from "#core/inventory/topic.ts";
import type { PartitionMap } from "#core/kafka/topic-partition.ts";
import type { Client, Group as DeclaredGroup, Migration } from "#core/migration/migration.ts";
import type { PlannedWave } from "../planned-wave.ts";
import type { TopicLoads } from "../topic-load.ts";
import { type CopyWindow, copyWindow } from "./copy-window.ts";
import { type DuplicateExposure, duplicatesOf } from "./duplicates.ts";
import { type ClientWindow, clientWindow, type FreezeWindow, freezeWindow } from "./freeze-window.ts";
import { type Bound, type RollbackWindow, rollbackWindow } from "./rollback-window.ts";

/** What a wave takes in time, and what it costs its groups. */
export type WaveWindows = {
  readonly wave: string;
  readonly copy: CopyWindow;
  readonly freeze: FreezeWindow;
  readonly rollback: RollbackWindow;
  /** Of those that the file declares; what nobody declared is an open question of the plan. */
  readonly clients: readonly ClientWindow[];
  readonly duplicates: readonly DuplicateExposure[];
};

export type WindowFacts = {
  readonly migration: Migration;
  readonly topics: ReadonlyMap<string, Topic>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly partitions: PartitionMap<Partition>;
  readonly loads: TopicLoads;
  /** As the file declares them. */
  readonly declared: ReadonlyMap<string, DeclaredGroup>;
  /** How long the target can keep all that is written: it deletes nothing before the seal. */
  readonly target: Bound;
};

export const windowFacts = (
  migration: Migration,
  { listings }: Snapshot,
  loads: TopicLoads,
  target: Bound,
): WindowFacts => ({
  migration,
  topics: new Map(listings.topics.items.map((topic) => [topic.name, topic])),
  groups: new Map(listings.groups.items.map((group) => [group.id, group])),
  partitions: partitionsOf(listings.topics),
  loads,
  declared: new Map(
    [...migration.waves.flatMap((wave) => wave.groups), ...(migration.planning?.groups ?? [])].map((group) => [
      group.id,
      group,
    ]),
  ),
  target,
});

export function windowsOf(wave: PlannedWave, facts: WindowFacts): WaveWindows {
  const { migration, topics, loads, target } = facts;
  const clients = declaredClients(wave, migration);
  return {
    wave: wave.name,
    copy: copyWindow(wave.size, migration),
    freeze: freezeWindow(wave, clients, migration),
    rollback: rollbackWindow(wave.topics, { topics, loads, target, wantedHours: migration.planning?.rollbackHours }),
    clients: clients.map((client) => clientWindow(client, migration.policy)),
    duplicates: wave.groups.map((group) =>
      duplicatesOf(group, wave, {
        group: facts.groups.get(group.id),
        clients,
        partitions: facts.partitions,
        loads,
        declared: facts.declared.get(group.id),
      }),
    ),
  };
}

/** As the file declares them. A name is said once in `planning` and in each wave: its principal tells it apart. */
export const declaredClients = (
  wave: Pick<PlannedWave, "clients" | "principals">,
  { planning, waves }: Pick<Migration, "planning" | "waves">,
): readonly Client[] => {
  const declared = [...(planning?.clients ?? []), ...waves.flatMap(({ clients }) => clients)].filter(({ principal }) =>
    wave.principals.includes(principal),
  );
  return wave.clients.flatMap((name) => declared.find((client) => client.name === name) ?? []);
};
