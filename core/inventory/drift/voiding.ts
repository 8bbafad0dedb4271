import type { DriftKind } from "./trait.ts";

/** What happened to an item, before it is known whether anything approved stands on it. */
export type Happened = {
  readonly kind: DriftKind;
  readonly change: "added" | "removed" | "changed";
  /** Of `changed`: the trait, such as "partitions" or "setting". */
  readonly trait?: string;
  /** Of a trait with several values: which, such as "retention.ms". */
  readonly detail?: string;
};

export type VoidingRule = {
  readonly id: string;
  /** Whether between two times on one cluster, or between source and target. */
  readonly between: "times" | "sides";
  readonly kind: DriftKind;
  readonly voids: (happened: Happened) => boolean;
  readonly why: string;
};

const changed =
  (...traits: readonly string[]) =>
  ({ change, trait = "" }: Happened): boolean =>
    change === "changed" && traits.includes(trait);
const is =
  (...changes: readonly Happened["change"][]) =>
  ({ change }: Happened): boolean =>
    changes.includes(change);

/** Set while replicas are moved; they say nothing about the topic. */
const THROTTLES = ["leader.replication.throttled.replicas", "follower.replication.throttled.replicas"];
/** Until the seal the target has its own: see `target-topic.ts`. */
const WHILE_MIRRORED = [
  "message.timestamp.type",
  "message.timestamp.after.max.ms",
  "message.timestamp.before.max.ms",
  "message.timestamp.difference.max.ms",
  "retention.ms",
  "retention.bytes",
];

const isSetting = (except: readonly string[]) => (happened: Happened) =>
  changed("setting")(happened) && !except.includes(happened.detail ?? "");

const overTime = (id: string, kind: DriftKind, voids: VoidingRule["voids"], why: string): VoidingRule => ({
  id,
  between: "times",
  kind,
  voids,
  why,
});
const acrossSides = (...rule: Parameters<typeof overTime>): VoidingRule => ({ ...overTime(...rule), between: "sides" });

/** What voids an approval. Anything else is told, and changes nothing that was decided. */
export const VOIDING_RULES: readonly VoidingRule[] = [
  overTime("cluster-replaced", "cluster", changed("id"), "another cluster answers at this address"),
  overTime("authoriser-changed", "cluster", changed("authoriser"), "the fence stands on it"),
  overTime("topic-gone", "topics", is("removed"), "the wave is to move it"),
  overTime("topic-made-anew", "topics", changed("id", "end of log"), "offsets and pins are those of the topic before"),
  overTime("partitions-changed", "topics", changed("partitions"), "keys are on other partitions than on the target"),
  overTime("topic-setting-changed", "topics", isSetting(THROTTLES), "the target's topic was made after the old ones"),
  overTime("group-gone", "groups", is("removed"), "its offsets are to be translated"),
  overTime("group-of-another-kind", "groups", changed("kind", "protocol"), "it moves by other means"),
  overTime("group-reads-other-topics", "groups", changed("topics read"), "it couples other topics than were planned"),
  overTime("transactional-id-appeared", "transactions", is("added"), "it may couple topics of several waves"),
  overTime("rights-changed", "acls", is("added", "removed"), "rights on the target and the fence follow from them"),
  overTime(
    "sign-in-changed",
    "scram-users",
    (h) => is("removed")(h) || changed("mechanisms")(h),
    "clients sign in on the target as they do here",
  ),
  overTime("schema-rules-changed", "registry", changed("compatibility", "mode"), "both registries must judge alike"),
  overTime("schema-changed", "subjects", () => true, "records carry ids that the target's registry must know"),
  overTime("connector-changed", "connectors", () => true, "it reads and writes beside the wave's clients"),
  acrossSides("partitions-differ", "topics", changed("partitions"), "keys would be on other partitions"),
  acrossSides(
    "setting-differs",
    "topics",
    isSetting([...THROTTLES, ...WHILE_MIRRORED]),
    "the target's topic behaves otherwise",
  ),
  acrossSides("schema-differs", "subjects", is("changed", "removed"), "records carry ids that the target must know"),
];

export const voidedBy = (between: VoidingRule["between"], happened: Happened): VoidingRule | undefined =>
  VOIDING_RULES.find((rule) => rule.between === between && rule.kind === happened.kind && rule.voids(happened));
