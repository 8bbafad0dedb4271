import type { Connector } from "../connector.ts";
import { isUnknown, type OrUnknown, unknown } from "../unknown.ts";

type Described = {
  readonly name: string;
  readonly kind: Connector["kind"];
  /** As the worker has it, secrets and all. */
  readonly config: Readonly<Record<string, string>>;
  /** Topics that the worker saw it use. */
  readonly active: OrUnknown<readonly string[]>;
};

/** What a connector reads and writes, as far as its settings and its worker tell. */
export function topicsOfConnector(o: Described): Pick<Connector, "reads" | "writes" | "deadLetterTopic" | "group"> {
  switch (o.kind) {
    case "sink":
      return sink(o);
    case "source":
      return { reads: readByMirror(o), writes: writtenBySource(o) };
    case "unknown": {
      const why = unknown("Kafka Connect", `the worker does not tell whether ${o.name} is a source or a sink`);
      return { reads: why, writes: why };
    }
  }
}

function sink({ name, config, active }: Described): Pick<Connector, "reads" | "writes" | "deadLetterTopic" | "group"> {
  const pattern = config["topics.regex"];
  const deadLetters = config["errors.deadletterqueue.topic.name"]?.trim();
  const declared = [
    ...listed(config["topics"]),
    ...(pattern === undefined || pattern === "" ? [] : [asPattern(pattern)]),
  ];
  return {
    reads: declared.some(isReference) ? referenced("reads") : joined(declared, isUnknown(active) ? [] : active),
    writes: joined(
      Object.entries(config)
        .filter(([key]) => REPORTS.test(key))
        .map(([, topic]) => topic),
    ),
    ...(deadLetters === undefined || deadLetters === "" ? {} : { deadLetterTopic: deadLetters }),
    group: config["consumer.override.group.id"] ?? `connect-${name}`,
  };
}

/** Some sinks write what became of each record. */
const REPORTS = /^reporter\.(?:result|error)\.topic\.name$/;

function writtenBySource({ config, active }: Described): OrUnknown<readonly string[]> {
  const named = NAMING.flatMap((key) => listed(config[key]));
  const prefix = config["topic.prefix"];
  const declared = [...named, ...(prefix === undefined || prefix === "" ? [] : [asPattern(`${escaped(prefix)}.*`)])];
  if ([...named, prefix ?? ""].some(isReference)) return referenced("writes");
  // Without either of the two nothing says where it writes.
  return isUnknown(active) ? (declared.length > 0 ? joined(declared) : active) : joined(declared, active);
}

/** By which sources that write to one topic, or to a few, are told so. */
const NAMING = ["topic", "kafka.topic", "kafka.topic.name"];

/** MirrorMaker's source reads a Kafka cluster, which may be this one; any other reads elsewhere. */
const readByMirror = ({ config }: Described): readonly string[] =>
  /MirrorSourceConnector$/.test(config["connector.class"] ?? "")
    ? joined(listed(config["topics"] ?? ".*").map(asPattern))
    : [];

const asPattern = (regex: string): string => `/${regex}/`;
const isReference = (topic: string): boolean => /\$\{[^}]*:/.test(topic);
const referenced = (does: string) =>
  unknown(
    "Kafka Connect",
    `the topics that it ${does} are named by a reference to a config provider, which only its worker can follow`,
    "name them in its settings, or decide about the connector in estate.decisions",
  );

const listed = (names: string | undefined): readonly string[] =>
  (names ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
const joined = (...lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())].toSorted();
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
