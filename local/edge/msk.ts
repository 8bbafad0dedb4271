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
  }),
);

export type MskClusters = z.input<typeof mskClustersSchema>;

const PATHS = {
  described: /^\/api\/v2\/clusters\/([^/?]+)$/,
  brokers: /^\/v1\/clusters\/([^/?]+)\/bootstrap-brokers(?:\?.*)?$/,
} as const;

/**
 * What MSK says of the clusters in a file, `{ "<ARN>": { state, takesCertificates, brokers } }`, so that brokers on this machine
 * can be named by ARN: moto keeps clusters, but they never become ACTIVE and have no brokers. undefined: not a call of these.
 */
export async function answerMsk(file: string | undefined, method: string, path: string): Promise<Reply | undefined> {
  const described = PATHS.described.exec(path)?.[1];
  const arn = decodeURIComponent(described ?? PATHS.brokers.exec(path)?.[1] ?? "");
  if (method !== "GET" || arn === "") return undefined;
  const clusters = file === undefined ? {} : mskClustersSchema.parse(JSON.parse(await readFile(file, "utf8")));
  const cluster = clusters[arn];
  if (cluster === undefined)
    return jsonReply(
      404,
      { message: "The cluster wasn't found.", invalidParameter: "clusterArn" },
      { "x-amzn-errortype": "NotFoundException" },
    );
  if (described === undefined) return jsonReply(200, cluster.brokers);
  return jsonReply(200, {
    clusterInfo: {
      clusterArn: arn,
      clusterName: arn.split("/")[1],
      clusterType: "PROVISIONED",
      creationTime: "2026-01-01T00:00:00Z",
      state: cluster.state,
      provisioned: { clientAuthentication: { tls: { enabled: cluster.takesCertificates } } },
    },
  });
}
