import kafkajs, { type Kafka } from "kafkajs";
import { checkRecords, type RecordsVerdict } from "./check-records.ts";
import type { Log } from "./expected-records.ts";
import { type ClusterName, readJournals } from "./journal-lines.ts";
import {
  compareRights,
  connectorsInConfigTopics,
  filesThatHold,
  internalTopics,
  listRights,
  type Right,
  settingsThatDiffer,
  stillListening,
  topicsThatHold,
  workersAttachedTo,
} from "./left-behind.ts";
import { type Pause, pausesOf } from "./pauses.ts";
import { readLog } from "./read-log.ts";

const { logLevel } = kafkajs;

/** A user of each cluster that may read everything. */
type Clusters = Readonly<
  Record<ClusterName, { readonly bootstrapServers: string; readonly username: string; readonly password: string }>
>;

export type WaveToCheck = {
  /** Where the applications' journals are; what they say about other topics is another wave's. */
  readonly journal: string;
  readonly clusters: Clusters;
  readonly topics: readonly string[];
  readonly groups: readonly { readonly id: string; readonly topics: readonly string[]; readonly isLive: boolean }[];
};

export type WaveChecked = {
  readonly records: RecordsVerdict;
  /** Per client that only writes, from its last acknowledged write on the source to its first on the target. */
  readonly freezes: readonly Pause[];
  /** Per group with a member during the wave: from the last record processed on the source to the first on the target. */
  readonly pauses: readonly Pause[];
  readonly targetLog: Log;
  readonly findings: readonly string[];
};

export type EstateToCheck = {
  readonly clusters: Clusters;
  /** Of the sealed waves. */
  readonly topics: readonly string[];
  readonly rightsAfterSeal: Readonly<Record<ClusterName, readonly Right[]>>;
  /** `host:port` of every Connect worker that was seen. */
  readonly workerAddresses: readonly string[];
  /** Texts that must stand in no topic of Connect or MirrorMaker, and in no file of these directories. */
  readonly secrets: readonly string[];
  readonly directoriesWithoutSecrets: readonly string[];
};

export type EstateChecked = {
  /** One sentence per thing that should be gone, or be there, and is not. */
  readonly leftBehind: readonly string[];
  /** Topics of Connect and MirrorMaker that are still there: no leftover, since nothing says that they should go. */
  readonly topicsThatStay: readonly string[];
};

/** Judges a sealed wave's records from outside: journals and both logs. Nothing of the product is asked. */
export const checkWave = async (wave: WaveToCheck): Promise<WaveChecked> => {
  const source = clientOf(wave.clusters.source);
  const target = clientOf(wave.clusters.target);
  const [sourceLog, targetLog] = await Promise.all([readLog(source, wave.topics), readLog(target, wave.topics)]);
  const journal = readJournals(wave.journal).filter((line) => !("topic" in line) || wave.topics.includes(line.topic));
  const records = checkRecords(journal, { source: sourceLog, target: targetLog }, wave.groups);
  const readers = new Set(journal.flatMap((line) => (line.what === "processed" ? [line.client] : [])));
  const freezes = pausesOf(journal, "acknowledged").filter((pause) => !readers.has(pause.client));
  const live = wave.groups.filter((group) => group.isLive).map((group) => group.id);
  const pauses = pausesOf(journal, "processed").filter((pause) => live.includes(pause.client));
  const findings = [...records.findings];
  if (freezes.length === 0) findings.push("no producer wrote on both clusters: there is no freeze to measure");
  for (const id of live)
    if (!pauses.some((pause) => pause.client === id)) findings.push(`group ${id} did not process on both clusters`);
  return { records, freezes, pauses, targetLog, findings };
};

/** Looks for what sealed waves left: in both clusters, in the process table and on ports. */
export const checkEstate = async (estate: EstateToCheck): Promise<EstateChecked> => {
  const source = clientOf(estate.clusters.source);
  const target = clientOf(estate.clusters.target);
  return {
    leftBehind: await leftBehind(estate, { source, target }),
    topicsThatStay: [
      ...(await internalTopics(source)).map((topic) => `source ${topic}`),
      ...(await internalTopics(target)).map((topic) => `target ${topic}`),
    ],
  };
};

const leftBehind = async (estate: EstateToCheck, kafka: Record<ClusterName, Kafka>): Promise<string[]> => {
  const found: string[] = [];
  for (const name of ["source", "target"] as const) {
    found.push(...compareRights(name, await listRights(kafka[name]), estate.rightsAfterSeal[name]));
    found.push(...(await connectorsInConfigTopics(kafka[name], name)));
    for (const topic of await topicsThatHold(kafka[name], await internalTopics(kafka[name]), estate.secrets))
      found.push(`${name} cluster: a password stands in topic ${topic}`);
  }
  found.push(...(await settingsThatDiffer(kafka, estate.topics)));
  for (const file of estate.directoriesWithoutSecrets.flatMap((directory) => filesThatHold(directory, estate.secrets)))
    found.push(`a password stands in file ${file}`);
  const servers = Object.values(estate.clusters).map((cluster) => cluster.bootstrapServers);
  for (const worker of workersAttachedTo(servers))
    found.push(`Connect worker left behind: process ${worker.pid} (${worker.command})`);
  for (const address of await stillListening(estate.workerAddresses))
    found.push(`Connect's REST still answers on ${address}`);
  return found;
};

const clientOf = (cluster: Clusters[ClusterName]): Kafka =>
  new kafkajs.Kafka({
    clientId: "checker",
    brokers: [cluster.bootstrapServers],
    sasl: { mechanism: "scram-sha-256", username: cluster.username, password: cluster.password },
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 8 },
  });
