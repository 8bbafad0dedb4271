import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../setup/free-port.ts";
import { type Broker, type BrokerOptions, startBroker } from "./start-broker.ts";

/** One more broker of the cluster whose first, and controller, `startBroker` made by the same options in the folder `first`. */
export async function startFurtherBroker(first: string, nodeId: number, o: BrokerOptions): Promise<Broker> {
  const { controllerPort, brokerPassword, controllerPassword } = JSON.parse(
    await readFile(join(first, "broker.json"), "utf8"),
  ) as { controllerPort: number; brokerPassword: string; controllerPassword: string };
  const port = await freePort();
  return startBroker({
    ...o,
    port,
    properties: {
      ...o.properties,
      "process.roles": "broker",
      "node.id": String(nodeId),
      "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
      listeners: `SASL_PLAINTEXT://127.0.0.1:${port}`,
      "listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config": `org.apache.kafka.common.security.scram.ScramLoginModule required username="broker" password="${brokerPassword}";`,
      "listener.name.controller.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required username="controller" password="${controllerPassword}";`,
    },
  });
}
