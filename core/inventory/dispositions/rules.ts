import { type Migration, mirrorExcludes, type WavePlan } from "#core/migration/migration.ts";
import { workerNames } from "#core/replication/worker-names.ts";
import { matches } from "#core/rights/client-rights.ts";
import { type AnyAcl, reachesRecords } from "../access.ts";
import { ownPrincipals } from "../clients/clients.ts";
import { touchedBy } from "../connectors/touches.ts";
import type { Group } from "../group.ts";
import type { Kinds, Snapshot } from "../snapshot.ts";
import type { Topic } from "../topic.ts";
import { isUnknown } from "../unknown.ts";
import type { DecidedKind, Disposition } from "./disposition.ts";
import { type SubjectsOfWaves, subjectsOfWaves, topicOfSubject } from "./subjects-of-waves.ts";

/** What rules look up, made once for all items. */
export type RuleFacts = {
  readonly migration: Migration;
  readonly waveOfTopic: ReadonlyMap<string, WavePlan>;
  readonly waveOfGroup: ReadonlyMap<string, WavePlan>;
  readonly waveOfPrincipal: ReadonlyMap<string, WavePlan>;
  /** Sluice's own, and its mirrors'. */
  readonly ownPrincipals: ReadonlySet<string>;
  readonly ownNames: readonly string[];
  readonly groupsOfConnectors: ReadonlyMap<string, string>;
  readonly subjects: SubjectsOfWaves;
};

export const ruleFacts = (migration: Migration, source: Snapshot): RuleFacts => {
  const by = (names: (wave: WavePlan) => readonly string[]) =>
    new Map(migration.waves.flatMap((wave) => names(wave).map((name) => [name, wave] as const)));
  const waveOfTopic = by((wave) => wave.topics);
  return {
    migration,
    waveOfTopic,
    subjects: subjectsOfWaves(source, waveOfTopic),
    waveOfGroup: by((wave) => wave.groups.map(({ id }) => id)),
    waveOfPrincipal: by((wave) => wave.clients.map(({ principal }) => principal)),
    ownPrincipals: ownPrincipals(migration, source),
    ownNames: (["forward", "reverse"] as const).map((direction) => workerNames(migration.name, direction).groupId),
    groupsOfConnectors: new Map(
      source.listings.connectors.items.flatMap(({ group, name }) => (group === undefined ? [] : [[group, name]])),
    ),
  };
};

export type DispositionRule<K extends DecidedKind> = {
  readonly id: string;
  readonly disposition: Disposition;
  /** The rule decides by itself: a person said so elsewhere in the file, or there is nothing to choose. Else it proposes. */
  readonly decides?: true;
  /** The reason where it applies. */
  readonly reason: (item: Kinds[K], facts: RuleFacts) => string | undefined;
};

/** The first that applies counts; where none does, the item is undecided. */
export const DISPOSITION_RULES: { readonly [K in DecidedKind]: readonly DispositionRule<K>[] } = {
  topics: [
    {
      id: "topic-of-a-wave",
      disposition: "migrate",
      decides: true,
      reason: ({ name }, { waveOfTopic }) => inWave(waveOfTopic.get(name)),
    },
    {
      id: "kafkas-own-topic",
      disposition: "recreate",
      decides: true,
      reason: ({ isInternal, name }) =>
        isInternal || /^__(consumer_offsets|transaction_state|share_group_state)$/.test(name)
          ? "the target's brokers make their own"
          : undefined,
    },
    {
      id: "sluices-own-topic",
      disposition: "retire",
      decides: true,
      reason: ({ name }, { ownNames }) =>
        ownNames.some((own) => name.startsWith(`${own}-`))
          ? "belongs to the mirror's workers, and goes with them"
          : undefined,
    },
    {
      id: "left-out-by-the-mirror",
      disposition: "redesign",
      reason: ({ name }) => (mirrorExcludes(name) === undefined ? undefined : "has a name that the mirror leaves out"),
    },
    {
      id: "empty-topic",
      disposition: "retire",
      reason: (topic) => (isEmpty(topic) ? "holds no record, and no wave names it" : undefined),
    },
  ],
  groups: [
    {
      id: "group-of-a-wave",
      disposition: "migrate",
      decides: true,
      reason: ({ id }, { waveOfGroup }) => inWave(waveOfGroup.get(id)),
    },
    {
      id: "sluices-own-group",
      disposition: "retire",
      decides: true,
      reason: ({ id }, { ownNames }) => (ownNames.includes(id) ? "is that of the mirror's workers" : undefined),
    },
    {
      id: "share-group",
      disposition: "redesign",
      reason: ({ kind }) => (kind === "share" ? "is a share group: its state cannot be translated" : undefined),
    },
    {
      id: "group-of-a-connector",
      disposition: "recreate",
      reason: ({ id, protocolType }, { groupsOfConnectors }) =>
        groupsOfConnectors.has(id)
          ? `goes with connector ${groupsOfConnectors.get(id)}`
          : protocolType === "connect" || protocolType === "sr"
            ? `is made by its own servers (${protocolType === "connect" ? "Connect workers" : "schema registry"})`
            : undefined,
    },
    {
      id: "group-of-a-console",
      disposition: "retire",
      reason: ({ id }) => (/^console-consumer-\d+$/.test(id) ? "is what a console consumer left behind" : undefined),
    },
    {
      id: "abandoned-group",
      disposition: "retire",
      reason: (group) => (isAbandoned(group) ? "has no member and no committed offset" : undefined),
    },
  ],
  acls: [
    {
      id: "own-right",
      disposition: "recreate",
      decides: true,
      reason: ({ principal }, { ownPrincipals: own }) =>
        own.has(principal)
          ? "belongs to Sluice or its mirror, which need it for as long as the migration lasts"
          : undefined,
    },
    {
      id: "right-of-a-waves-client",
      disposition: "migrate",
      decides: true,
      reason: (acl, facts) => {
        const wave = facts.waveOfPrincipal.get(acl.principal);
        return wave !== undefined && isLiteral(acl) && reachesOf(acl, wave)
          ? `is given to ${acl.principal} on the target with wave ${wave.name}`
          : undefined;
      },
    },
    {
      id: "broad-right-of-a-waves-client",
      disposition: "redesign",
      reason: (acl, facts) => {
        const wave = facts.waveOfPrincipal.get(acl.principal);
        return wave !== undefined && !isLiteral(acl) && reachesOf(acl, wave)
          ? `reaches more than wave ${wave.name}: its client gets entries on the names of the wave alone`
          : undefined;
      },
    },
    {
      id: "right-on-the-cluster",
      disposition: "recreate",
      reason: ({ resourceType }) =>
        resourceType === "CLUSTER" ? "is about the cluster itself, and no wave carries it" : undefined,
    },
  ],
  "scram-users": [
    {
      id: "user-of-a-waves-client",
      disposition: "recreate",
      reason: ({ user }, { waveOfPrincipal }) => {
        const wave = waveOfPrincipal.get(`User:${user}`);
        return wave === undefined
          ? undefined
          : `signs in for a client of wave ${wave.name}: passwords cannot be read, and are set anew on the target`;
      },
    },
    {
      id: "own-user",
      disposition: "recreate",
      decides: true,
      reason: ({ user }, { ownPrincipals: own }) =>
        own.has(`User:${user}`) ? "signs in for Sluice or its mirror" : undefined,
    },
  ],
  quotas: [
    { id: "quota", disposition: "recreate", reason: () => "is carried by no wave: it is set on the target by hand" },
  ],
  subjects: [
    {
      id: "subject-of-a-waves-topic",
      disposition: "migrate",
      reason: ({ name }, { waveOfTopic }) => {
        const wave = waveOfTopic.get(topicOfSubject(name));
        return wave === undefined ? undefined : `is about a topic of wave ${wave.name}`;
      },
    },
    {
      id: "subject-that-goes-along",
      disposition: "migrate",
      reason: ({ name }, { subjects: { inRecords, referredTo } }) => {
        const [topic, by] = [inRecords.get(name), referredTo.get(name)];
        if (topic !== undefined) return `its id begins records of ${topic}, which a wave moves`;
        return by === undefined ? undefined : `subject ${by}, which goes with a wave, refers to it`;
      },
    },
  ],
  connectors: [
    {
      id: "connector-beside-a-wave",
      disposition: "recreate",
      reason: (connector, { waveOfTopic }) => {
        const touched = touchedBy(connector, [...waveOfTopic.keys()]);
        return touched.length === 0 ? undefined : `reads or writes ${touched.join(", ")} of a wave`;
      },
    },
  ],
  operations: [
    {
      id: "people-of-the-file",
      disposition: "retain",
      decides: true,
      reason: ({ kind }) => (kind === "owner" || kind === "approver" ? "the migration file names them" : undefined),
    },
    {
      id: "what-the-target-has-itself",
      disposition: "recreate",
      reason: ({ kind }) =>
        kind.startsWith("msk-") || kind === "alarm" || kind === "dashboard"
          ? "is about the source's own cluster: the target needs one like it"
          : undefined,
    },
    { id: "what-stays-true", disposition: "retain", reason: () => "is kept, and reviewed for the target's names" },
  ],
};

const inWave = (wave: WavePlan | undefined): string | undefined =>
  wave === undefined ? undefined : `moves with wave ${wave.name}`;

const isLiteral = ({ pattern, resourceName }: AnyAcl): boolean => pattern === "LITERAL" && resourceName !== "*";

/** As `client-rights.ts` carries them: on the wave's topics and groups, and on transactional ids as they are. */
const reachesOf = (acl: AnyAcl, wave: WavePlan): boolean =>
  reachesRecords(acl) &&
  (acl.resourceType === "TRANSACTIONAL_ID" ||
    wave.topics.some((topic) => matches(acl, "TOPIC", topic)) ||
    wave.groups.some(({ id }) => matches(acl, "GROUP", id)));

/** Every log was read to be empty; what could not be read is not. */
const isEmpty = ({ partitions }: Topic): boolean =>
  !isUnknown(partitions) &&
  partitions.length > 0 &&
  partitions.every(({ ends }) => !isUnknown(ends) && ends.highWatermark === ends.logStart);

const isAbandoned = ({ members, offsets }: Group): boolean =>
  !isUnknown(members) && !isUnknown(offsets) && members.length === 0 && offsets.length === 0;
