import { join } from "node:path";
import { until } from "../../kafka/test-cluster.ts";

/** What must be seen in no snapshot, planted where connectors hold secrets. */
export const PLANTED = {
  unlisted: "planted-by-name-1a",
  inUrl: "planted-in-url-2b",
  inJaas: "planted-in-jaas-3c",
  inTrace: "planted-in-trace-4d",
  ofNobody: "planted-undescribed-5e",
} as const;

const string = "org.apache.kafka.connect.storage.StringConverter";
const files = "org.apache.kafka.connect.file";

/** Of a file source and a sink that run, a sink that fails and a mirror that is stopped; `topic` is written by the first. */
export async function makeConnectors(url: string, directory: string, topic: string): Promise<void> {
  const make = async (name: string, config: Record<string, string>, initial = "RUNNING"): Promise<void> => {
    const response = await fetch(`${url}/connectors`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, initial_state: initial, config: { "tasks.max": "1", ...config } }),
    });
    if (!response.ok) throw new Error(`connector ${name}: ${response.status} ${await response.text()}`);
  };
  const converters = { "key.converter": string, "value.converter": string };
  await make("lines in", {
    ...converters,
    "connector.class": `${files}.FileStreamSourceConnector`,
    file: join(directory, "in.txt"),
    topic,
    "db.password": PLANTED.unlisted,
    "db.address": `postgresql://till:${PLANTED.inUrl}@db.example.com/till`,
    "db.user": PLANTED.ofNobody,
    "db.account": `\${env:CONNECT_PASSWORD}`,
    "producer.override.client.id": "lines-in",
  });
  await make("lines-out", {
    ...converters,
    "connector.class": `${files}.FileStreamSinkConnector`,
    file: join(directory, "out.txt"),
    topics: topic,
    "errors.deadletterqueue.topic.name": "lines-dead",
    "errors.deadletterqueue.topic.replication.factor": "1",
    "errors.tolerance": "all",
  });
  await make("lines-lost", {
    ...converters,
    "connector.class": `${files}.FileStreamSinkConnector`,
    file: join(directory, "nowhere", `password=${PLANTED.inTrace}`),
    "topics.regex": "lin.*",
    "consumer.override.group.id": "lost-lines",
  });
  await make(
    "copies",
    {
      "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
      "source.cluster.alias": "here",
      "target.cluster.alias": "there",
      "source.cluster.bootstrap.servers": "127.0.0.1:1",
      "target.cluster.bootstrap.servers": "127.0.0.1:1",
      topics: "pay.*",
      "sasl.jaas.config": `org.example.Module required username="me" password="${PLANTED.inJaas}" from="\${env:CONNECT_PASSWORD}";`,
    },
    "STOPPED",
  );
  const states = async (name: string): Promise<string> => {
    const response = await fetch(`${url}/connectors/${encodeURIComponent(name)}/status`);
    if (!response.ok) return "";
    const status = (await response.json()) as { connector: { state: string }; tasks: { state: string }[] };
    return [status.connector, ...status.tasks].map(({ state }) => state).join(" ");
  };
  const topicsOf = async (name: string): Promise<string> => {
    const response = await fetch(`${url}/connectors/${encodeURIComponent(name)}/topics`);
    return response.text();
  };
  await until("connectors running, one failed, one stopped", async () => {
    const all = await Promise.all(["lines in", "lines-out", "lines-lost", "copies"].map(states));
    return all.join(", ") === "RUNNING RUNNING, RUNNING RUNNING, RUNNING FAILED, STOPPED";
  });
  await until("the topics that were used", async () =>
    (await Promise.all(["lines in", "lines-out"].map(topicsOf))).every((text) => text.includes(`"${topic}"`)),
  );
}
