import type { Snapshot } from "#core/inventory/snapshot.ts";
import { isUnknown, type OrUnknown } from "#core/inventory/unknown.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { PlannedWave } from "../planned-wave.ts";
import { type TopicLoads, totalOf } from "../topic-load.ts";
import { mirrorRate } from "../windows/mirror-rate.ts";
import type { Bound } from "../windows/rollback-window.ts";
import { type Costs, costsOf } from "./costs.ts";
import { type MirrorSize, mirrorSize } from "./mirror-size.ts";
import { mskFacts } from "./msk-facts.ts";
import { MSK_FACTS_READ_ON, MSK_FACTS_SOURCES, mskInstance } from "./msk-instances.ts";
import { brokersOf, type MirrorQuota, mirrorQuotas } from "./quotas.ts";
import { readersOf, type TargetNeed, targetNeed } from "./target-need.ts";
import { type Candidate, candidates, chosenOf, storageBound } from "./target-size.ts";
import { type TargetSpec, targetSpec } from "./target-spec.ts";

export type Sizing = {
  readonly mirror: MirrorSize;
  readonly quotas: readonly MirrorQuota[];
  readonly target: {
    readonly zones: number;
    /** The share that stays free. */
    readonly headroom: number;
    readonly need: TargetNeed;
    readonly candidates: readonly Candidate[];
    readonly chosen: OrUnknown<Candidate>;
    readonly because: string;
    /** How long its storage keeps all that is written. */
    readonly storage: Bound;
    readonly spec: OrUnknown<TargetSpec>;
    /** Where the figures of the sizes come from, and of which day they are. */
    readonly facts: { readonly readOn: string; readonly sources: readonly string[] };
  };
};

/** Amazon's own advice for three zones. */
const REPLICAS = 3;
const DEFAULT_HEADROOM = 0.4;

export function sizingOf(of: {
  readonly migration: Migration;
  readonly source: Snapshot;
  readonly target: Snapshot | undefined;
  readonly loads: TopicLoads;
  readonly waves: readonly Pick<PlannedWave, "name" | "topics">[];
  /** Topics of waves that have started: they are on the target too. */
  readonly fixedTopics: readonly string[];
}): { readonly sizing: Sizing; readonly costs: Costs } {
  const { migration, source, target, loads, waves } = of;
  const { planning } = migration;
  const headroom = planning?.headroom ?? DEFAULT_HEADROOM;
  const zones = planning?.target?.subnets?.length ?? mskFacts(target)?.subnets?.length ?? REPLICAS;
  const replicas = Math.min(REPLICAS, zones);
  const moved = [...new Set([...of.fixedTopics, ...waves.flatMap(({ topics }) => topics)])];
  const growthSeconds = planning?.rollbackHours === undefined ? undefined : planning.rollbackHours * 3600;
  const need = targetNeed({ moved, source, loads, target, replicas, growthSeconds });
  const all = candidates(need, { zones, headroom, prices: planning?.prices });
  const { chosen, because } = chosenOf(all, planning?.target?.instanceType);
  const mirror = mirrorSize(waves, loads, migration, headroom);
  const written = totalOf(loads, moved, (load) => load.bytesPerSecond);
  const copy = mirrorRate(
    migration,
    totalOf(loads, moved, (load) => load.partitions),
  );
  return {
    sizing: {
      mirror,
      quotas: mirrorQuotas(migration, {
        copyBytesPerSecond: isUnknown(copy) ? copy : copy.bytesPerSecond,
        busiestWaveBytesPerSecond: waves
          .map(({ topics }) => totalOf(loads, topics, (load) => load.bytesPerSecond))
          .reduce((a, b) => (isUnknown(a) ? a : isUnknown(b) ? b : Math.max(a, b)), 0),
        headroom,
        brokers: { source: brokersOf(source), target: isUnknown(chosen) ? brokersOf(target) : chosen.brokers },
        freeEgressPerBroker: { source: freeEgress(source, loads, headroom), target: undefined },
      }),
      target: {
        zones,
        headroom,
        need,
        candidates: all,
        chosen,
        because,
        storage: storageBound(need, chosen),
        spec: targetSpec(migration, chosen, {
          replicas,
          brokers: source.listings.brokers,
          known: mskFacts(target),
        }),
        facts: { readOn: MSK_FACTS_READ_ON, sources: Object.values(MSK_FACTS_SOURCES) },
      },
    },
    costs: costsOf({
      prices: planning?.prices,
      source: mskFacts(source),
      chosen,
      workers: mirror.workers,
      writtenBytesPerSecond: written,
      heldBytes: totalOf(loads, moved, (load) => load.bytes),
    }),
  };
}

/** What Amazon recommends of one of the source's brokers, less the headroom and what its groups read already. */
function freeEgress(source: Snapshot, loads: TopicLoads, headroom: number): number | undefined {
  const instance = mskInstance(mskFacts(source)?.instanceType ?? "");
  const brokers = source.listings.brokers.items.length;
  if (instance === undefined || brokers === 0) return undefined;
  let read = 0;
  for (const [topic, groups] of readersOf(source)) {
    const written = totalOf(loads, [topic], (load) => load.bytesPerSecond);
    if (isUnknown(written)) return undefined;
    read += groups * written;
  }
  return Math.max(0, instance.egressBytesPerSecond * (1 - headroom) - read / brokers);
}
