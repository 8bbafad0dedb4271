import { judgeLoosenedReaders } from "#core/gate/loosened-readers.ts";
import type { PartitionFinding } from "./compare-mirror.ts";
import { reverseOrigin } from "./compared-mirror.ts";
import { lateRecords, rememberLateWriters, toldOf } from "./late-writers.ts";
import { measureMovedGroups } from "./measure-keep-up.ts";
import type { Finding, Measuring } from "./measuring.ts";
import { sampleMirror } from "./sample-mirror.ts";

/** Gate observation: since producers moved, lag, the reverse mirror and late writers are clean for a whole window. */
export async function measureObservation(measuring: Measuring): Promise<readonly Finding[]> {
  const { source, target } = measuring.estate;
  const reverse = await sampleMirror(measuring, {
    direction: "reverse",
    upstream: target,
    downstream: source,
    window: "observation",
    begin: () => reverseOrigin(measuring.deps.store.items, measuring.ref),
    foreign: "the reverse mirror skips",
    remember: (findings) => judgeLateWriters(measuring, findings),
  });
  const named = { delay: "reverse-mirror", content: "late-writers" } as const;
  return [
    ...reverse.map((finding) => ({ ...finding, check: finding.check === "delay" ? named.delay : named.content })),
    ...(await measureMovedGroups(measuring, measuring.plan.groups, "observation")),
    ...(await loosenedReaders(measuring)),
  ];
}

/** Only a migration that has loosened something asks for the rows of its other waves. */
async function loosenedReaders({ deps, migration, plan }: Measuring): Promise<readonly Finding[]> {
  if ((migration.planning?.loosened ?? []).length === 0) return [];
  return judgeLoosenedReaders(migration, plan, await deps.store.waves(migration.name));
}

/** Those that a person was told of are no reason to hold again: they stay where they are. */
async function judgeLateWriters(
  { deps, ref, row, estate }: Measuring,
  findings: readonly PartitionFinding[],
): Promise<{ readonly fails?: string; readonly says?: string }> {
  const late = await rememberLateWriters(deps.store.items, ref, row.attempt, estate.source, findings);
  const untold = late.found.slice(late.told);
  if (untold.length > 0)
    return { fails: `a late writer wrote to the source after producers had moved: ${toldOf(untold)}` };
  if (late.found.length === 0) return {};
  return { says: `; ${lateRecords(late)} of late writers, of which a person was told, stay on the source` };
}
