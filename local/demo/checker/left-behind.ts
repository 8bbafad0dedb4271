import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import kafkajs, { type Kafka } from "kafkajs";
import type { ClusterName } from "./journal-lines.ts";
import { readTopics } from "./read-log.ts";

// Of this CommonJS package Node finds only some exports by name.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } = kafkajs;

/** An access right as one line: `ALLOW User:app READ TOPIC orders` (literal) or `… TOPIC orders-*` with "PREFIXED " before the type. */
export type Right = string;

export const rightLine = (r: {
  permission: string;
  principal: string;
  operation: string;
  type: string;
  name: string;
  isPrefixed: boolean;
}): Right => `${r.permission} ${r.principal} ${r.operation} ${r.isPrefixed ? "PREFIXED " : ""}${r.type} ${r.name}`;

const nameOf = (kinds: object, value: number): string =>
  (Object.entries(kinds).find(([, number]) => number === value)?.[0] ?? `type ${value}`).replace(
    /^DELEGATION$/,
    value === 4 ? "CLUSTER" : "DELEGATION",
  );

/** Every right that the cluster's authoriser knows. */
export const listRights = async (kafka: Kafka): Promise<Right[]> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { resources } = await admin.describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    });
    return resources.flatMap((resource) =>
      resource.acls.map((acl) =>
        rightLine({
          permission: nameOf(AclPermissionTypes, acl.permissionType),
          principal: acl.principal,
          operation: nameOf(AclOperationTypes, acl.operation),
          type: nameOf(AclResourceTypes, resource.resourceType),
          name: resource.resourceName,
          isPrefixed: resource.resourcePatternType === ResourcePatternTypes.PREFIXED,
        }),
      ),
    );
  } finally {
    await admin.disconnect();
  }
};

/**
 * Rights nobody declared, and declared ones that are gone. `mayBe` are those that may be there or not.
 */
export const compareRights = (
  cluster: ClusterName,
  found: readonly Right[],
  mustBe: readonly Right[],
  mayBe: (right: Right) => boolean = () => false,
): string[] => [
  ...[...new Set(found)]
    .filter((right) => !mustBe.includes(right) && !mayBe(right))
    .map((right) => `${cluster} cluster: access right left behind: ${right}`),
  ...[...new Set(mustBe)]
    .filter((right) => !found.includes(right))
    .map((right) => `${cluster} cluster: access right missing: ${right}`),
];

/** Connectors that Connect's own config topics still hold, whether or not a worker runs. */
export const connectorsInConfigTopics = async (kafka: Kafka, cluster: ClusterName): Promise<string[]> => {
  const topics = (await internalTopics(kafka)).filter((topic) => topic.endsWith("-configs"));
  if (topics.length === 0) return [];
  const last = new Map<string, boolean>();
  await readTopics(kafka, topics, (record) => {
    const key = record.key?.toString() ?? "";
    if (key.startsWith("connector-"))
      last.set(`${record.topic}: ${key.slice("connector-".length)}`, record.value !== null);
  });
  return [...last]
    .filter(([, isThere]) => isThere)
    .map(([name]) => `${cluster} cluster: connector left behind in ${name}`);
};

/** In which topics' keys or values one of these texts stands: for passwords, which must stand nowhere. */
export const topicsThatHold = async (
  kafka: Kafka,
  topics: readonly string[],
  texts: readonly string[],
): Promise<string[]> => {
  const found = new Set<string>();
  if (topics.length > 0)
    await readTopics(kafka, topics, (record) => {
      for (const bytes of [record.key, record.value])
        if (bytes !== null && texts.some((text) => bytes.includes(text))) found.add(record.topic);
    });
  return [...found];
};

/** Files under a directory in which one of these texts stands. */
export const filesThatHold = (directory: string, texts: readonly string[]): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      const bytes = bytesOf(file);
      return texts.some((text) => bytes.includes(text));
    });

/** A database's journal may be gone by the time it is looked at. */
const bytesOf = (file: string): Buffer => {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
};

/** Settings that decide what a topic keeps and takes; a mirror must change some of them, and the seal must put them back. */
const SETTINGS = [
  "cleanup.policy",
  "max.message.bytes",
  "message.timestamp.type",
  "message.timestamp.after.max.ms",
  "message.timestamp.before.max.ms",
  "retention.bytes",
  "retention.ms",
];

/** Settings in which a topic differs between the clusters. */
export const settingsThatDiffer = async (
  kafka: Readonly<Record<ClusterName, Kafka>>,
  topics: readonly string[],
): Promise<string[]> => {
  const [source, target] = await Promise.all([settingsOf(kafka.source, topics), settingsOf(kafka.target, topics)]);
  return [...source]
    .filter(([name, value]) => target.get(name) !== value)
    .map(([name, value]) => `target cluster: ${name} is ${target.get(name)}, and ${value} on the source`);
};

const settingsOf = async (kafka: Kafka, topics: readonly string[]): Promise<Map<string, string>> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: SETTINGS })),
    });
    return new Map(
      resources.flatMap((resource) =>
        resource.configEntries.map(
          (entry) => [`${entry.configName} of topic ${resource.resourceName}`, entry.configValue] as const,
        ),
      ),
    );
  } finally {
    await admin.disconnect();
  }
};

/** Topics of Connect and MirrorMaker, which are none of the applications'. */
export const internalTopics = async (kafka: Kafka): Promise<string[]> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return (await admin.listTopics()).filter(
      (topic) => !topic.startsWith("__") && /(-configs|-offsets|-status|\.internal)$/.test(topic),
    );
  } finally {
    await admin.disconnect();
  }
};

export type ProcessSeen = { readonly pid: number; readonly command: string };

/** Processes of this user whose command line or environment holds one of the texts, without the asking process and its ancestors. */
export const processesWith = (texts: readonly string[]): ProcessSeen[] => {
  const ours = ancestors(process.pid);
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && !ours.has(Number(entry)))
    .flatMap((pid) => {
      const command = readProc(pid, "cmdline");
      const environment = readProc(pid, "environ");
      return texts.some((text) => command.includes(text) || environment.includes(text))
        ? [{ pid: Number(pid), command: command.replaceAll("\0", " ").slice(0, 160) }]
        : [];
    });
};

/** Connect workers that are attached to one of these clusters, by the environment they were started with. */
export const workersAttachedTo = (bootstrapServers: readonly string[]): ProcessSeen[] =>
  processesWith(bootstrapServers.map((server) => `CONNECT_BOOTSTRAP_SERVERS=${server}`));

// A process may end, or belong to somebody else, between the listing and the look.
const readProc = (pid: string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch (error) {
    if (
      error instanceof Error &&
      "code" in error &&
      ["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(String(error.code))
    )
      return "";
    throw error;
  }
};

const ancestors = (pid: number): Set<number> => {
  const found = new Set<number>();
  for (let at = pid; at > 0 && !found.has(at); ) {
    found.add(at);
    at = Number(/^PPid:\s+(\d+)/m.exec(readProc(String(at), "status"))?.[1] ?? 0);
  }
  return found;
};

/** Which of these `host:port` addresses still accept a connection. */
export const stillListening = async (addresses: readonly string[]): Promise<string[]> => {
  const answers = await Promise.all(
    addresses.map(
      (address) =>
        new Promise<string[]>((resolve) => {
          const [host = "", port = ""] = address.split(":");
          const socket = connect({ host, port: Number(port), timeout: 1000 });
          const end = (is: boolean): void => {
            socket.destroy();
            resolve(is ? [address] : []);
          };
          socket.once("connect", () => end(true));
          socket.once("error", () => end(false));
          socket.once("timeout", () => end(false));
        }),
    ),
  );
  return answers.flat();
};
