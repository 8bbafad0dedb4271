/**
 * Where an effective value comes from, nearest first: set on the topic or group; on this broker while it runs; on all brokers while
 * they run; in the broker's own file; Kafka's default. "other" is what no topic, group or broker has.
 */
export type ConfigOrigin = "topic" | "group" | "broker" | "cluster" | "file" | "default" | "other";

export type Config = {
  /** Null where the broker does not tell it: a password, or a setting of a type that it does not know. */
  readonly value: string | null;
  readonly origin: ConfigOrigin;
};

export type Configs = ReadonlyMap<string, Config>;
