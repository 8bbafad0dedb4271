import type { Side } from "#core/kafka/offset.ts";
import { missingRole } from "./missing-role.ts";
import type { SnapshotRequester } from "./ports/snapshot-requester.ts";
import type { ClusterRef } from "./ports/snapshot-store.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { noMigration } from "./read-migration.ts";
import type { Refused } from "./refused.ts";

const BOTH: readonly Side[] = ["source", "target"];

type Deps = { readonly requester: SnapshotRequester };

/** Of one cluster of a migration, or of both. They are taken beside the caller, who lists them when they are whole. */
export async function requestSnapshots(
  deps: Deps & { readonly store: Pick<WaveStore, "postedMigration"> },
  migration: string,
  { person, side }: { readonly person: string; readonly side?: Side | undefined },
): Promise<{ readonly asked: readonly Side[] } | Refused> {
  const posted = await deps.store.postedMigration(migration);
  if (posted === undefined) return noMigration(migration);
  const missing = missingRole(posted.migration, person, "operator", "taking a snapshot");
  if (missing !== undefined) return missing;
  const asked = side === undefined ? BOTH : [side];
  await requestEach(
    deps,
    asked.map((one) => ({ migration, side: one })),
  );
  return { asked };
}

/** Of both clusters of every migration: what the night brings. */
export async function requestAllSnapshots(
  deps: Deps & { readonly store: Pick<WaveStore, "migrations"> },
): Promise<readonly ClusterRef[]> {
  const posted = await deps.store.migrations();
  const all = posted.flatMap(({ migration: { name } }) => BOTH.map((side) => ({ migration: name, side })));
  await requestEach(deps, all);
  return all;
}

async function requestEach({ requester }: Deps, all: readonly ClusterRef[]): Promise<void> {
  for (const of of all) await requester.requestSnapshot(of);
}
