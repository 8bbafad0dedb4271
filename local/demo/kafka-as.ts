import { Kafka, logLevel } from "kafkajs";

/** kafkajs on one cluster as one user; says nothing by itself, since every failure is thrown. */
export const kafkaAs = (bootstrapServers: string, username: string, password: string): Kafka =>
  new Kafka({
    clientId: `demo-${username}`,
    brokers: [bootstrapServers],
    sasl: { mechanism: "scram-sha-256", username, password },
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5000,
    requestTimeout: 20_000,
    retry: { initialRetryTime: 50, retries: 6 },
  });
