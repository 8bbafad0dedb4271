import { expect, test } from "vitest";
import type { Broker } from "#core/inventory/brokers.ts";
import { releaseOf } from "#core/inventory/release.ts";
import { unknown } from "#core/inventory/unknown.ts";

const broker = (protocol?: string): Broker => ({
  id: 1,
  host: "b",
  port: 9092,
  rack: null,
  requests: {},
  configs: new Map(
    protocol === undefined ? [] : [["inter.broker.protocol.version", { value: protocol, origin: "default" }]],
  ),
});

test.each([
  [21, "3.9"],
  [22, "4.0"],
  [25, "4.0"],
  [27, "4.1"],
])("metadata.version %i is of Kafka %s", (level, release) => {
  expect(releaseOf({ "metadata.version": level }, [])).toBe(release);
});

test("with ZooKeeper the protocol that brokers speak tells, and nothing is unknown", () => {
  expect(releaseOf({}, [broker(), broker("2.8-IV1")])).toBe("2.8");
  expect(releaseOf({}, [broker()])).toMatchObject({ unknown: { why: expect.stringContaining("neither") } });
  const silent = unknown("ApiVersions", "no answer");
  expect(releaseOf(silent, [broker("2.8-IV1")])).toBe(silent);
});
