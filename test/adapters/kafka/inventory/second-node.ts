import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Broker, startBroker } from "#local/kafka/start-broker.ts";
import { freePort } from "#local/setup/free-port.ts";

/** A second broker for the cluster that `startBroker` made in a directory. */
export async function startSecondNode(first: string, directory: string): Promise<Broker> {
  const { controllerPort, brokerPassword, controllerPassword } = JSON.parse(
    await readFile(join(first, "broker.json"), "utf8"),
  ) as { controllerPort: number; brokerPassword: string; controllerPassword: string };
  const port = await freePort();
  return startBroker({
    name: "scan-4.1.2",
    directory,
    users: { admin: "admin-secret" },
    superUsers: ["admin"],
    allowEveryone: false,
    port,
    properties: {
      "process.roles": "broker",
      "node.id": "2",
      "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
      listeners: `SASL_PLAINTEXT://127.0.0.1:${port}`,
      "listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config": `org.apache.kafka.common.security.scram.ScramLoginModule required username="broker" password="${brokerPassword}";`,
      "listener.name.controller.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required username="controller" password="${controllerPassword}";`,
    },
  });
}
