import { Kafka, logLevel } from "kafkajs";
import type { ClusterName } from "../checker/journal-lines.ts";
import type { AppsSettings, ClientSettings } from "./settings.ts";

/** One cluster as this client sees it: its own principal, errors and warnings to stderr. */
export const kafkaOf = (apps: AppsSettings, client: ClientSettings, on: ClusterName): Kafka =>
  new Kafka({
    clientId: client.name,
    brokers: apps.clusters[on].bootstrapServers,
    sasl: { mechanism: "scram-sha-256", username: client.username, password: client.password },
    logLevel: logLevel.ERROR,
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: 5 },
    logCreator: () => (entry) =>
      console.error(`${new Date().toISOString()} ${client.name} on ${on}: ${entry.log.message}`),
  });
