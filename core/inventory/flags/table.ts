import {
  everyoneAllowed,
  groupRights,
  iamPrincipals,
  noAuthoriser,
  prefixedRights,
  superUsers,
  wildcardRights,
} from "./access-flags.ts";
import { owners, readsAndWrites, transactions } from "./client-flags.ts";
import type { FlagFacts } from "./flag-facts.ts";
import type { FlagId } from "./flag-id.ts";
import {
  assigningConsumers,
  connectGroups,
  staticMembers,
  streamsApplications,
  untranslatableGroups,
} from "./group-flags.ts";
import type { Look } from "./look.ts";
import { shortRetention } from "./short-retention.ts";
import {
  compactedTopics,
  inheritedSettings,
  largeRecords,
  logAppendTime,
  mirrorNames,
  singleReplicas,
  timesAhead,
} from "./topic-flags.ts";

type Row = {
  readonly asks: string;
  /** What it is judged by. */
  readonly evidence: string;
  /** How a risk that was found is closed; any can also be waived. */
  readonly cure: string;
  readonly look: (facts: FlagFacts) => Look;
};

/** Every risk that is asked about. A flag is true where something was found, unknown where something could not be seen. */
export const FLAGS: Readonly<Record<FlagId, Row>> = {
  "untranslatable-groups": {
    asks: "Are there groups whose offsets cannot be translated?",
    evidence: "kinds of groups; committed offsets against the start of each log; planned groups that are not there",
    cure: "give the group plan reset-earliest or reset-latest with a reason, or let it commit anew; share groups need a design of their own",
    look: untranslatableGroups,
  },
  "compacted-topics": {
    asks: "Are there compacted topics?",
    evidence: "cleanup.policy of each topic, inherited or its own",
    cure: "offsets and counts of the two sides differ where compaction ran: have its readers checked on the target, then waive",
    look: compactedTopics,
  },
  transactions: {
    asks: "Are there transactional producers, and which topics do they couple?",
    evidence: "transactional ids, what their producers wrote, open transactions, rights on ids",
    cure: "put all topics of one transactional id into one wave, or say under estate.stays what is left behind; then waive",
    look: transactions,
  },
  "streams-applications": {
    asks: "Are there Kafka Streams applications?",
    evidence: "groups of kind streams; topics named like changelog and repartition topics",
    cure: "declare the application as a client of kind both, and move its internal topics in its wave or rebuild its state; then waive",
    look: streamsApplications,
  },
  "reads-and-writes": {
    asks: "Are there clients that read and write the same wave, and are not declared so?",
    evidence: "members, commits, producers and rights of each client",
    cure: "declare the client with kind both, so that it moves with the producers; or take away the right that it does not use",
    look: readsAndWrites,
  },
  "connect-groups": {
    asks: "Are there groups of Kafka Connect?",
    evidence: "protocol of groups, names, groups of the connectors that were listed",
    cure: "decide about the connector (recreate, redesign, retire), and move its group with it; then waive",
    look: connectGroups,
  },
  owners: {
    asks: "Are there topics or groups with several owners or none?",
    evidence: "clients as joined: owners of groups and clients in the file, owners in decisions",
    cure: "name an owner: for a client, its group, or in estate.decisions; where several share it let them agree, then waive",
    look: owners,
  },
  "inherited-settings": {
    asks: "Are there settings that topics inherit and that differ on the target?",
    evidence: "effective settings of topics with their origin, on both clusters",
    cure: "set the target's brokers to the same, or set it on the topics themselves; where the difference is wanted, waive",
    look: inheritedSettings,
  },
  "log-append-time": {
    asks: "Are there topics with log-append time?",
    evidence: "message.timestamp.type of each topic",
    cure: "offsets are found by content alone there, which reads more: let the wave have time for it, then waive",
    look: logAppendTime,
  },
  "times-ahead": {
    asks: "Are there records with time stamps ahead of the clock?",
    evidence: "the newest time stamp of each partition against the end of the snapshot",
    cure: "correct the producer's clock; retention by time keeps such records longer than meant, on both sides",
    look: timesAhead,
  },
  "large-records": {
    asks: "Are there topics for records larger than Kafka's default?",
    evidence: "max.message.bytes of each topic",
    cure: "check that the target's clients and quotas take such records, then waive; or lower the limit if nothing needs it",
    look: largeRecords,
  },
  "short-retention": {
    asks: "Is there retention shorter than the copy of a wave would take?",
    evidence: "retention by time and size, sizes on disk, throughput, estate.copyBytesPerSecond",
    cure: "raise the retention on the source until the wave is sealed, or cut the wave",
    look: shortRetention,
  },
  "single-replicas": {
    asks: "Are there partitions with one replica?",
    evidence: "replicas of each partition",
    cure: "add replicas before the wave, or accept by waiver that one broker's outage holds it",
    look: singleReplicas,
  },
  "iam-principals": {
    asks: "Are there principals that only IAM knows?",
    evidence: "principals that ACLs name; how the source is signed in to",
    cure: "give each of these clients a sign-in on the target and declare it; no ACL bars it: fence by IAM policy",
    look: iamPrincipals,
  },
  "prefixed-rights": {
    asks: "Are there rights on name prefixes?",
    evidence: "ACLs of pattern PREFIXED",
    cure: "Sluice writes out what the wave's clients need, name by name; have everybody else's decided, then waive",
    look: prefixedRights,
  },
  "wildcard-rights": {
    asks: "Are there rights on everything or for everyone?",
    evidence: "ACLs on * and for User:*",
    cure: "replace them by entries for those who need them: a fence cannot name everyone; or waive",
    look: wildcardRights,
  },
  "group-rights": {
    asks: "Are there rights on groups, or of groups of principals, that do not move with a wave's clients?",
    evidence: "ACLs on groups against the file's clients; principals of type Group",
    cure: "declare the client that uses the right, remove the right, or recreate it on the target by hand; then waive",
    look: groupRights,
  },
  "no-authoriser": {
    asks: "Is there a cluster without an authoriser?",
    evidence: "what brokers answer to a request for ACLs",
    cure: "switch an authoriser on; without one nothing but the clients' own stop keeps writers away, which is to be waived knowingly",
    look: noAuthoriser,
  },
  "everyone-allowed": {
    asks: "Are there brokers that allow everyone where no ACL is found?",
    evidence: "brokersAllowEveryone in the migration file: brokers do not tell it",
    cure: "give every topic its ACLs and set allow.everyone.if.no.acl.found=false; or waive: the fence takes it into account",
    look: everyoneAllowed,
  },
  "super-users": {
    asks: "Are there super users, whom no fence bars?",
    evidence: "superUsers in the migration file; super.users where brokers tell it",
    cure: "make sure that none of them writes to a wave's topics while it moves, then waive",
    look: superUsers,
  },
  "mirror-names": {
    asks: "Are there names that the mirror leaves out or Kafka confuses?",
    evidence: "names of topics on both clusters",
    cure: "move such a topic by other means or rename it; take it out of its wave",
    look: mirrorNames,
  },
  "static-members": {
    asks: "Are there groups with static members?",
    evidence: "instance ids of members",
    cure: "they linger until their session ends: stop them by their switch in time, or shorten session.timeout.ms; then waive",
    look: staticMembers,
  },
  "assigning-consumers": {
    asks: "Are there consumers that assign partitions to themselves?",
    evidence: "groups with commits that never had a protocol",
    cure: "nobody sees them stop: declare the client, and have its owner confirm the stop by its switch; then waive",
    look: assigningConsumers,
  },
};
