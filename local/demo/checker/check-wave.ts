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

export type WaveToCheck = {
  /** Where the applications' journals are. */
  readonly journal: string;
  /** A user of each cluster that may read everything. */
  readonly clusters: Readonly<
    Record<ClusterName, { readonly bootstrapServers: string; readonly username: string; readonly password: string }>
  >;
  readonly topics: readonly string[];
  readonly groups: readonly { readonly id: string; readonly topics: readonly string[]; readonly isLive: boolean }[];
  readonly rightsAfterSeal: Readonly<Record<ClusterName, readonly Right[]>>;
  /** `host:port` of every Connect worker that was seen during the wave. */
  readonly workerAddresses: readonly string[];
  /** Texts that must stand in no topic of Connect or MirrorMaker, and in no file of these directories. */
  readonly secrets: readonly string[];
  readonly directoriesWithoutSecrets: readonly string[];
};

export type WaveChecked = {
  readonly records: RecordsVerdict;
  /** Per producer, from its last acknowledged write on the source to its first on the target. */
  readonly freezes: readonly Pause[];
  /** Per group with a member during the wave: from the last record processed on the source to the first on the target. */
  readonly pauses: readonly Pause[];
  readonly targetLog: Log;
  /** One sentence per thing that should be gone, or be there, and is not. */
  readonly leftBehind: readonly string[];
  readonly findings: readonly string[];
  /** Topics of Connect and MirrorMaker that are still there: no leftover, since nothing says that they should go. */
  readonly topicsThatStay: readonly string[];
};

/** Judges a sealed wave from outside: journals, clusters, process table and ports. Nothing of the product is asked. */
export const checkWave = async (wave: WaveToCheck): Promise<WaveChecked> => {
  const source = clientOf(wave.clusters.source);
  const target = clientOf(wave.clusters.target);
  const [sourceLog, targetLog] = await Promise.all([readLog(source, wave.topics), readLog(target, wave.topics)]);
  const journal = readJournals(wave.journal);
  const records = checkRecords(journal, { source: sourceLog, target: targetLog }, wave.groups);
  const freezes = pausesOf(journal, "acknowledged");
  const live = wave.groups.filter((group) => group.isLive).map((group) => group.id);
  const pauses = pausesOf(journal, "processed").filter((pause) => live.includes(pause.client));
  const findings = [...records.findings];
  if (freezes.length === 0) findings.push("no producer wrote on both clusters: there is no freeze to measure");
  for (const id of live)
    if (!pauses.some((pause) => pause.client === id)) findings.push(`group ${id} did not process on both clusters`);
  return {
    records,
    freezes,
    pauses,
    targetLog,
    leftBehind: await leftBehind(wave, { source, target }),
    findings,
    topicsThatStay: [
      ...(await internalTopics(source)).map((topic) => `source ${topic}`),
      ...(await internalTopics(target)).map((topic) => `target ${topic}`),
    ],
  };
};

const leftBehind = async (wave: WaveToCheck, kafka: Record<ClusterName, Kafka>): Promise<string[]> => {
  const found: string[] = [];
  for (const name of ["source", "target"] as const) {
    found.push(...compareRights(name, await listRights(kafka[name]), wave.rightsAfterSeal[name]));
    found.push(...(await connectorsInConfigTopics(kafka[name], name)));
    for (const topic of await topicsThatHold(kafka[name], await internalTopics(kafka[name]), wave.secrets))
      found.push(`${name} cluster: a password stands in topic ${topic}`);
  }
  found.push(...(await settingsThatDiffer(kafka, wave.topics)));
  for (const file of wave.directoriesWithoutSecrets.flatMap((directory) => filesThatHold(directory, wave.secrets)))
    found.push(`a password stands in file ${file}`);
  const servers = Object.values(wave.clusters).map((cluster) => cluster.bootstrapServers);
  for (const worker of workersAttachedTo(servers))
    found.push(`Connect worker left behind: process ${worker.pid} (${worker.command})`);
  for (const address of await stillListening(wave.workerAddresses))
    found.push(`Connect's REST still answers on ${address}`);
  return found;
};

const clientOf = (cluster: WaveToCheck["clusters"][ClusterName]): Kafka =>
  new kafkajs.Kafka({
    clientId: "checker",
    brokers: [cluster.bootstrapServers],
    sasl: { mechanism: "scram-sha-256", username: cluster.username, password: cluster.password },
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 8 },
  });
