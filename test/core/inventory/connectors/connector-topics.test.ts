import { describe, expect, it } from "vitest";
import type { Connector } from "#core/inventory/connector.ts";
import { topicsOfConnector } from "#core/inventory/connectors/connector-topics.ts";
import { touchedBy } from "#core/inventory/connectors/touches.ts";
import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";

const notTold = unknown("Kafka Connect", "topics are not tracked");
const of = (
  kind: Connector["kind"],
  config: Readonly<Record<string, string>>,
  active: OrUnknown<readonly string[]> = notTold,
) => topicsOfConnector({ name: "till", kind, config, active });

describe("what a connector reads and writes", () => {
  it("is for a sink its topics and patterns, its dead letters and its group", () => {
    expect(of("sink", { topics: "b, a", "errors.deadletterqueue.topic.name": "dead" }, ["a", "c"])).toEqual({
      reads: ["a", "b", "c"],
      writes: [],
      deadLetterTopic: "dead",
      group: "connect-till",
    });
    expect(of("sink", { "topics.regex": "pay.*", "reporter.error.topic.name": "errors" })).toEqual({
      reads: ["/pay.*/"],
      writes: ["errors"],
      group: "connect-till",
    });
    expect(of("sink", { topics: "a", "consumer.override.group.id": "own" }).group).toBe("own");
  });

  it("is for a source what it was seen to write, and what its settings name", () => {
    expect(of("source", { topic: "b" }, ["a"])).toEqual({ reads: [], writes: ["a", "b"] });
    expect(of("source", { "topic.prefix": "db.till" }).writes).toEqual(["/db\\.till.*/"]);
    expect(of("source", {}).writes).toBe(notTold);
    expect(of("source", {}, []).writes).toEqual([]);
  });

  it("is for a mirror's source what it copies, too", () => {
    const config = { "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector" };
    expect(of("source", { ...config, topics: "a,b.*" }, []).reads).toEqual(["/a/", "/b.*/"]);
    expect(of("source", config, []).reads).toEqual(["/.*/"]);
  });

  it("is unknown where a reference names it, or nobody says which way it works", () => {
    expect(isUnknown(of("sink", { topics: "${file:/a:topics}" }).reads)).toBe(true);
    expect(isUnknown(of("source", { topic: "${file:/a:topic}" }, []).writes)).toBe(true);
    expect(isUnknown(of("unknown", {}).reads)).toBe(true);
  });
});

describe("the topics that a connector touches", () => {
  const topics = ["pay", "payments", "orders", "dead"];

  it("are those that it names, those whose whole names fit a pattern, and its dead letters'", () => {
    expect(touchedBy({ reads: ["/pay|ord/", "orders"], writes: [], deadLetterTopic: "dead" }, topics)).toEqual([
      "pay",
      "orders",
      "dead",
    ]);
    expect(touchedBy({ reads: notTold, writes: ["/pay.*/"] }, topics)).toEqual(["pay", "payments"]);
  });

  it("may be any where the pattern is one of Java's alone", () => {
    expect(touchedBy({ reads: ["/(?i)pay++/"], writes: [] }, topics)).toEqual(topics);
  });
});
