const STREAMS_TOPIC = /-(changelog|repartition)$/;

export type StreamsTopic = {
  readonly kind: "changelog" | "repartition";
  /** The group whose name the topic begins with; undefined where there is none. */
  readonly application: string | undefined;
};

/** Topics that Kafka Streams makes for itself and names after its application, which is its group. */
export function streamsTopic(name: string, groups: { has(id: string): boolean }): StreamsTopic | undefined {
  const kind = STREAMS_TOPIC.exec(name)?.[1];
  if (kind === undefined) return undefined;
  const application = name
    .split("-")
    .map((_, n, words) => words.slice(0, n + 1).join("-"))
    .findLast((prefix) => groups.has(prefix));
  return { kind: kind as StreamsTopic["kind"], application };
}
