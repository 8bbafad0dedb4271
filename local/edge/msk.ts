import { readFile } from "node:fs/promises";
import { z } from "zod";
import { jsonReply, type Reply } from "./reply.ts";

export const mskClustersSchema = z.record(
  z.string().startsWith("arn:"),
  z.strictObject({
    state: z.string().default("ACTIVE"),
    takesCertificates: z.boolean().default(false),
    /** As GetBootstrapBrokers answers: `bootstrapBrokerStringSaslScram` and so on. */
    brokers: z.record(z.string(), z.string()),
    /** Of DescribeClusterV2's `clusterInfo`, beside or instead of what is made up here. */
    info: z.record(z.string(), z.unknown()).default({}),
    /** As ListNodes answers. */
    nodes: z.array(z.record(z.string(), z.unknown())).default([]),
    configuration: z
      .strictObject({ arn: z.string(), name: z.string(), revision: z.int(), serverProperties: z.string() })
      .optional(),
  }),
);
type KnownClusters = z.output<typeof mskClustersSchema>;

export type MskClusters = z.input<typeof mskClustersSchema>;

const PATHS = {
  described: /^\/api\/v2\/clusters\/([^/?]+)$/,
  brokers: /^\/v1\/clusters\/([^/?]+)\/bootstrap-brokers(?:\?.*)?$/,
  nodes: /^\/v1\/clusters\/([^/?]+)\/nodes(?:\?.*)?$/,
  configuration: /^\/v1\/configurations\/([^/?]+)$/,
  revision: /^\/v1\/configurations\/([^/?]+)\/revisions\/(\d+)$/,
} as const;

/**
 * What MSK says of the clusters in a file, `{ "<ARN>": { state, takesCertificates, brokers, … } }`, so that brokers on this machine
 * can be named by ARN: moto keeps clusters, but they never become ACTIVE and have no brokers, nodes or configurations.
 * undefined: not a call of these.
 */
export async function answerMsk(file: string | undefined, method: string, path: string): Promise<Reply | undefined> {
  if (method !== "GET") return undefined;
  for (const [asked, pattern] of Object.entries(PATHS)) {
    const [, arn, revision] = pattern.exec(path) ?? [];
    if (arn === undefined) continue;
    const clusters = file === undefined ? {} : mskClustersSchema.parse(JSON.parse(await readFile(file, "utf8")));
    return answers[asked as keyof typeof PATHS](
      clusters,
      decodeURIComponent(arn),
      new URLSearchParams(path.split("?")[1]),
      revision,
    );
  }
  return undefined;
}

type Answer = (clusters: KnownClusters, arn: string, query: URLSearchParams, revision: string | undefined) => Reply;

const notFound = (what: "cluster" | "configuration"): Reply =>
  jsonReply(
    404,
    { message: `The ${what} wasn't found.`, invalidParameter: what === "cluster" ? "clusterArn" : "arn" },
    { "x-amzn-errortype": "NotFoundException" },
  );

const ofCluster =
  (answer: (cluster: KnownClusters[string], arn: string, query: URLSearchParams) => unknown): Answer =>
  (clusters, arn, query) => {
    const cluster = clusters[arn];
    return cluster === undefined ? notFound("cluster") : jsonReply(200, answer(cluster, arn, query));
  };
const ofConfiguration =
  (answer: (found: NonNullable<KnownClusters[string]["configuration"]>) => object): Answer =>
  (clusters, arn, _query, revision) => {
    const found = Object.values(clusters).find(({ configuration }) => configuration?.arn === arn)?.configuration;
    if (found === undefined || (revision !== undefined && Number(revision) !== found.revision))
      return notFound("configuration");
    return jsonReply(200, { arn, creationTime: CREATED, ...answer(found) });
  };

const CREATED = "2026-01-01T00:00:00Z";

const answers: Readonly<Record<keyof typeof PATHS, Answer>> = {
  described: ofCluster(({ state, takesCertificates, info }, arn) => ({
    clusterInfo: {
      clusterArn: arn,
      clusterName: arn.split("/")[1],
      clusterType: "PROVISIONED",
      creationTime: CREATED,
      state,
      ...("serverless" in info
        ? {}
        : { provisioned: { clientAuthentication: { tls: { enabled: takesCertificates } } } }),
      ...info,
    },
  })),
  brokers: ofCluster(({ brokers }) => brokers),
  nodes: ofCluster(({ nodes }, _arn, query) => {
    const from = Number(query.get("nextToken") ?? 0);
    const until = from + Number(query.get("maxResults") ?? 100);
    return { nodeInfoList: nodes.slice(from, until), ...(until < nodes.length ? { nextToken: String(until) } : {}) };
  }),
  configuration: ofConfiguration(({ name, revision }) => ({
    name,
    state: "ACTIVE",
    latestRevision: { revision, creationTime: CREATED },
  })),
  revision: ofConfiguration(({ revision, serverProperties }) => ({
    revision,
    serverProperties: Buffer.from(serverProperties).toString("base64"),
  })),
};
