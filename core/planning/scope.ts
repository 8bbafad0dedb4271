/** What is planned: what migrates and has not started to. The rest is told, with the reason. */

import type { Connector } from "#core/inventory/connector.ts";
import type { DecidedKind } from "#core/inventory/dispositions/disposition.ts";
import { type Fate, fatesOf } from "#core/inventory/dispositions/fates.ts";
import type { Group } from "#core/inventory/group.ts";
import { itemName } from "#core/inventory/item-name.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { Topic } from "#core/inventory/topic.ts";
import { type Migration, mirrorExcludes, type WavePlan } from "#core/migration/migration.ts";
import type { Item, Plan } from "./plan.ts";

export type Scope = {
  readonly topics: ReadonlyMap<string, Topic>;
  /** An empty topic that nobody was seen to use: planned only where something is coupled to it. */
  readonly onlyIfUsed: ReadonlySet<string>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly subjects: ReadonlySet<string>;
  /** By topic and by group the wave that has started with it. */
  readonly fixedTopics: ReadonlyMap<string, string>;
  readonly fixedGroups: ReadonlyMap<string, string>;
  readonly fixedPrincipals: ReadonlyMap<string, string>;
  /** By `kind/name`, as people decided. */
  readonly owners: ReadonlyMap<string, string>;
  readonly leftOut: Plan["leftOut"];
};

type Verdict = { readonly isPlanned: boolean; readonly disposition: string; readonly because: string };

export function scopeOf(migration: Migration, source: Snapshot, fixed: readonly WavePlan[]): Scope {
  const { listings } = source;
  const fates = new Map(fatesOf(migration, source).items.map((fate) => [`${fate.kind}/${fate.name}`, fate]));
  const fateOf = (kind: DecidedKind, name: string): Fate | undefined => fates.get(`${kind}/${name}`);
  const by = (names: (wave: WavePlan) => readonly string[]) =>
    new Map(fixed.flatMap((wave) => names(wave).map((name) => [name, wave.name] as const)));
  const fixedTopics = by((wave) => wave.topics);
  const fixedGroups = by((wave) => wave.groups.map(({ id }) => id));
  const leftOut: Plan["leftOut"][number][] = [];
  const keep = (kind: Item["kind"], name: string, { isPlanned, disposition, because }: Verdict): boolean => {
    if (!isPlanned) leftOut.push({ item: { kind, name }, disposition, because });
    return isPlanned;
  };

  const onlyIfUsed = new Set<string>();
  const internals = internalTopics(source);
  const topics = listings.topics.items.filter((topic) => {
    if (fixedTopics.has(topic.name)) return false;
    const fate = fateOf("topics", topic.name);
    const isDecided = fate?.disposition === "migrate" && fate.decidedBy !== undefined;
    const excluded = mirrorExcludes(topic.name);
    const verdict =
      excluded !== undefined && !topic.isInternal
        ? { isPlanned: false, disposition: decidedOr(fate, "redesign"), because: excluded }
        : internals.has(topic.name) && !isDecided
          ? { isPlanned: false, disposition: decidedOr(fate, "recreate"), because: internals.get(topic.name) ?? "" }
          : verdictOf(fate, ["retire"]);
    if (fate?.disposition === "undecided" && fate.proposed?.rule === "empty-topic") onlyIfUsed.add(topic.name);
    return keep("topic", topic.name, verdict);
  });
  const groups = listings.groups.items.filter(({ id, kind }) => {
    if (fixedGroups.has(id)) return false;
    const verdict = verdictOf(fateOf("groups", id));
    const isShare = verdict.isPlanned && kind === "share";
    const because = "is a share group: its state cannot be translated";
    return keep("group", id, isShare ? { isPlanned: false, disposition: "redesign", because } : verdict);
  });
  const connectors = listings.connectors.items.filter((connector) => {
    const name = itemName.connectors(connector);
    return keep("connector", name, verdictOf(fateOf("connectors", name), ["recreate"]));
  });
  const subjects = listings.subjects.items.filter(({ name }) =>
    keep("subject", name, verdictOf(fateOf("subjects", name), ["recreate"])),
  );
  return {
    topics: new Map(topics.map((topic) => [topic.name, topic])),
    onlyIfUsed,
    groups: new Map(groups.map((group) => [group.id, group])),
    connectors: new Map(connectors.map((connector) => [itemName.connectors(connector), connector])),
    subjects: new Set(subjects.map(({ name }) => name)),
    fixedTopics,
    fixedGroups,
    fixedPrincipals: by((wave) => wave.clients.map(({ principal }) => principal)),
    owners: new Map([...fates].flatMap(([key, { owner }]) => (owner === undefined ? [] : [[key, owner]]))),
    leftOut,
  };
}

/** Whoever decided, decided; a proposal to do something else with it stands until somebody does. */
const verdictOf = (fate: Fate | undefined, movesAlso: readonly string[] = []): Verdict => {
  if (fate === undefined) return { isPlanned: true, disposition: "undecided", because: "" };
  const isDecided = fate.disposition !== "undecided";
  const disposition = isDecided ? fate.disposition : (fate.proposed?.disposition ?? "migrate");
  // What a rule proposes to retire may be in use all the same: the caller looks. A person's word is final.
  const isPlanned =
    disposition === "migrate" || (movesAlso.includes(disposition) && (!isDecided || disposition === "recreate"));
  const because = isDecided
    ? `${fate.decidedBy ?? "a rule"} decided so: ${fate.reason}`
    : `proposed, since it ${fate.proposed?.reason ?? "is not decided"}; nobody has decided yet`;
  return { isPlanned, disposition, because };
};

const decidedOr = (fate: Fate | undefined, otherwise: string): string =>
  fate === undefined || fate.disposition === "undecided" ? otherwise : fate.disposition;

/** What servers beside the brokers keep in topics of their own: they make them anew on the target. */
function internalTopics({ listings: { topics, groups } }: Snapshot): ReadonlyMap<string, string> {
  const workers = groups.items.filter(({ protocolType }) => protocolType === "connect").map(({ id }) => id);
  const prefixes = [...new Set(["connect", "_connect", "mm2", ...workers])];
  const ofConnect = new Set(
    prefixes.flatMap((prefix) =>
      ["config", "configs", "offset", "offsets", "status"].flatMap((what) => [
        `${prefix}-${what}`,
        `${prefix}_${what}`,
      ]),
    ),
  );
  return new Map(
    topics.items.flatMap(({ name }) => {
      if (ofConnect.has(name))
        return [[name, "is where Connect workers keep their own state: those of the target keep theirs"]];
      if (/^(?:.*\.)?heartbeats$/.test(name)) return [[name, "holds the heartbeats of another MirrorMaker"]];
      if (name === "_schemas") return [[name, "is the schema registry's own: subjects are registered on the target's"]];
      return [];
    }),
  );
}
