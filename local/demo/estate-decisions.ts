import type { z } from "zod";
import type { estateSchema } from "#core/migration/estate.ts";
import { idleGroups, OPERATING, WAVES } from "./estate-declaration.ts";

type Estate = z.input<typeof estateSchema>;
type Waiver = NonNullable<Estate["waivers"]>[number];

const by = "olga";
const until = "2099-12-31";

const aclDecision = (prefix: string, owner: string, reason: string) => ({
  kind: "acls" as const,
  prefix,
  disposition: "recreate" as const,
  owner,
  by,
  reason,
});

/** What the control plane signs in by, and readers that the file declares no client for: the target has their rights already. */
const rightsGivenByHand = [
  ...["CLUSTER|LITERAL|kafka-cluster", "GROUP|LITERAL|*", "TOPIC|LITERAL|*", "TRANSACTIONAL_ID|LITERAL|*"].map((on) =>
    aclDecision(`${on}|User:${OPERATING.sluice}|`, "team-platform", "Sluice's own, given on both clusters"),
  ),
  ...WAVES.flatMap(idleGroups).flatMap(({ id, owner, topics }) =>
    [`GROUP|LITERAL|${id}`, ...topics.map((topic) => `TOPIC|LITERAL|${topic}`)].map((on) =>
      aclDecision(`${on}|User:${id}|`, owner, "nobody reads until the wave is sealed; given on the target before it"),
    ),
  ),
];

const accepted: readonly Pick<Waiver, "check" | "wave" | "reason">[] = [
  { check: "single-replicas", reason: "one broker on each side: it is a demo" },
  { check: "super-users", reason: "admin and the brokers write to no topic of a wave" },
  { check: "wildcard-rights", reason: "Sluice's own, and none of them lets it write" },
  { check: "group-rights", reason: "Sluice reads every group; idle readers keep the right to their own" },
  { check: "large-records", reason: "the target takes batches as large" },
  { check: "inherited-settings", reason: "the target is empty, and its brokers are set up as the source's" },
];

/** Of the wave that the plan makes of the returns. */
const acceptedOf = (wave: string): typeof accepted => [
  { check: "transactions", wave, reason: "all that the refunder writes moves with it" },
  { check: "untranslatable-groups", wave, reason: "the refunder commits in transactions, each of them short" },
];

/** What the people of the demo decided and accepted when they had seen the first snapshot of their estate, and then its plan. */
export const estateOf = (returns: string | undefined): Estate => ({
  copyBytesPerSecond: 5_000_000,
  sweepSeconds: 1,
  absent: [
    { kind: "connectors", by, reason: "no Connect workers beside the mirror's own" },
    { kind: "subjects", by, reason: "records carry no schema ids" },
  ],
  decisions: [
    ...rightsGivenByHand,
    { kind: "scram-users", prefix: "", disposition: "recreate", by, reason: "passwords were set on the target" },
  ],
  waivers: [...accepted, ...(returns === undefined ? [] : acceptedOf(returns))].map((one) => ({ ...one, by, until })),
});
