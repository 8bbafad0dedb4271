import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { isBoundByAcls, mirrorSignIn } from "#core/migration/sign-in.ts";
import { mirrorRights } from "#core/replication/mirror-rights.ts";
import { distinct, missingFrom } from "#core/rights/client-rights.ts";
import type { Deps } from "./ports/deps.ts";
import type { Direction } from "./ports/replicator.ts";
import type { StepContext } from "./step-context.ts";
import { readFact, writeFact } from "./wave-facts.ts";

/**
 * The least that a direction's mirror needs on both sides. What was added is remembered first, so that it can be taken away.
 * `open`: topics of the source where everyone may do everything because no entry matches; a first one would bar everyone else.
 */
export async function grantMirrorRights(
  { store }: Deps,
  context: StepContext,
  direction: Direction,
  open: readonly string[],
): Promise<void> {
  const { estate, migration, plan, ref } = context;
  const wantedOn = (side: Side): readonly AclEntry[] => {
    const signIn = mirrorSignIn(migration, direction, side);
    if (signIn.principal === undefined || !isBoundByAcls(signIn)) return [];
    return mirrorRights({
      migration: migration.name,
      direction,
      principal: signIn.principal,
      topics: plan.topics,
      emitsOffsetSyncs: direction === "forward" && migration.replicator.emitsOffsetSyncs,
    })[side];
  };
  const wanted = { source: wantedOn("source"), target: wantedOn("target") };
  const [onSource, onTarget] = await Promise.all([estate.source.rights.list(), estate.target.rights.list()]);
  const added: Record<Side, readonly AclEntry[]> = {
    source: missingFrom(onSource, wanted.source).filter(
      (e) => e.resourceType !== "TOPIC" || !open.includes(e.resourceName),
    ),
    target: missingFrom(onTarget, wanted.target),
  };
  const before = await readFact(store.items, ref, "mirror-rights");
  await writeFact(store.items, ref, "mirror-rights", {
    source: [...distinct([...(before?.source ?? []), ...added.source])],
    target: [...distinct([...(before?.target ?? []), ...added.target])],
  });
  await context.stillMine();
  await Promise.all([estate.source.rights.add(added.source), estate.target.rights.add(added.target)]);
}
