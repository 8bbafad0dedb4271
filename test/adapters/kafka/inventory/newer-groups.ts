import { Consumer } from "@platformatic/kafka";
import type { ClusterSettings } from "#adapters/kafka/cluster-settings.ts";
import { runTools } from "./kafka-tools.ts";

/** How Kafka's own tools sign in. */
export const toolProperties = ({ sasl }: ClusterSettings): Readonly<Record<string, string>> =>
  sasl?.mechanism === "SCRAM-SHA-256"
    ? {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": sasl.mechanism,
        "sasl.jaas.config": `org.apache.kafka.common.security.scram.ScramLoginModule required username="${sasl.username}" password="${sasl.password}";`,
      }
    : {};

/** A group of the newer consumer protocol with a member, and a share group that has read to the end of the ledger. */
export async function makeNewerGroups(settings: ClusterSettings): Promise<() => Promise<void>> {
  const [server = ""] = settings.bootstrapServers;
  const at = ["--bootstrap-server", server];
  const { sasl } = settings;
  const consumer = new Consumer({
    groupId: "newer",
    clientId: "newer-client",
    groupProtocol: "consumer",
    bootstrapBrokers: [server],
    ...(sasl?.mechanism === "SCRAM-SHA-256" ? { sasl } : {}),
  });
  const stream = await consumer.consume({ topics: ["ledger"], mode: "earliest", autocommit: false });
  stream.resume();
  await runTools(
    [
      ["features", ...at, "upgrade", "--feature", "share.version=1"],
      [
        "configs",
        ...at,
        "--alter",
        ...["--entity-type", "groups", "--entity-name", "sharing"],
        ...["--add-config", "share.auto.offset.reset=earliest"],
      ],
      [
        "shareConsumer",
        ...at,
        "--topic",
        "ledger",
        "--group",
        "sharing",
        "--max-messages",
        "1",
        "--timeout-ms",
        "30000",
      ],
    ],
    toolProperties(settings),
  );
  return async () => {
    await consumer.close(true);
  };
}
