import { type Client, type Group, isWriter, type WavePlan } from "#core/migration/migration.ts";

export const clientsOf = (plan: WavePlan, kind: Client["kind"]): readonly Client[] =>
  plan.clients.filter((client) => client.kind === kind);

/** Producers and clients that read and write: they stop and start in the freeze, together. */
export const writersOf = (plan: WavePlan): readonly Client[] => plan.clients.filter(isWriter);

/** The client whose group this is; undefined: the group is idle. */
export const clientOf = (plan: WavePlan, group: Group): Client | undefined =>
  plan.clients.find((client) => client.kind !== "producer" && client.group === group.id);

/** Groups of clients that read and write: their offsets are translated when the mirror is drained. */
export const groupsMovedWithProducers = (plan: WavePlan): readonly Group[] =>
  plan.groups.filter((group) => clientOf(plan, group)?.kind === "both");

/** Groups that move before the freeze, while the source is still written to; idle ones too. */
export const groupsMovedFirst = (plan: WavePlan): readonly Group[] =>
  plan.groups.filter((group) => clientOf(plan, group)?.kind !== "both");
