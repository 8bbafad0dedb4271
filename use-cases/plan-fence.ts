import { OperatorFault } from "#core/fault.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { Migration } from "#core/migration/migration.ts";
import { isBoundByAcls, mirrorSignIn, ownSignIn } from "#core/migration/sign-in.ts";
import { type FencePlan, type FenceRefusal, planAclFence } from "#core/rights/acl-fence.ts";
import { confirmDeclaration, mustBeProbed, type Probed } from "#core/rights/allows-everyone.ts";
import { probeAllowEveryone } from "./probe-allow-everyone.ts";
import type { StepContext } from "./step-context.ts";

export type PlannedFence = {
  readonly fence: FencePlan;
  /** The side's ACLs before the fence. */
  readonly entries: readonly AclEntry[];
  readonly allowsEveryone: boolean;
};

/** The fence of the wave's topics on one side, or the sentence that says why there can be none. Behind the target's nobody writes. */
export async function planFence(context: StepContext, side: Side): Promise<PlannedFence> {
  const { estate, migration, plan } = context;
  const { auth, brokersAllowEveryone: declared, superUsers } = migration[side];
  if (auth.type === "none")
    throw noFence({
      because: `${side}.auth is none: to its brokers everyone there is User:ANONYMOUS, whom an ACL cannot tell apart`,
      cure: `give the ${side} a listener that authenticates, and Sluice, its mirrors and its clients principals of their own`,
    });
  const entries = await estate[side].rights.list();
  let allowsEveryone = declared === "yes";
  if (mustBeProbed(declared, entries, plan.topics)) {
    const probed = isBoundByAcls(ownSignIn(migration, side))
      ? await probeAllowEveryone(context, estate[side], entries)
      : provesNothing(side);
    const confirmed = confirmDeclaration(side, declared, probed);
    if ("because" in confirmed) throw noFence(confirmed);
    allowsEveryone = confirmed.allowsEveryone;
  }
  const fence = planAclFence({
    side,
    entries,
    topics: plan.topics,
    ...(side === "source" && mirrorBehindFence(migration)),
    superUsers,
    allowsEveryone,
  });
  if ("because" in fence) throw noFence(fence);
  return { fence, entries, allowsEveryone };
}

/** What brokers answer to Sluice then says something of its role's policies, and nothing of what they do with anybody else. */
const provesNothing = (side: Side): Probed => ({
  unprovable: "Sluice signs in there by IAM, where ACLs do not bind it",
  cure: `let Sluice sign in to the ${side} by scram or mtls; or give each topic of the wave an ACL, and say ${side}.brokersAllowEveryone`,
});

/** A mirror that signs in by IAM is not bound by ACLs: the fence needs no gap for it. */
const mirrorBehindFence = (migration: Migration): { readonly mirrorPrincipal?: string } => {
  const reverse = mirrorSignIn(migration, "reverse", "source");
  return reverse.principal === undefined || !isBoundByAcls(reverse) ? {} : { mirrorPrincipal: reverse.principal };
};

const noFence = ({ because, cure }: FenceRefusal): OperatorFault =>
  new OperatorFault(`no fence is possible: ${because}; ${cure}`);
