import { describe, expect, it } from "vitest";
import { ownSettings, settingsAtSeal, settingsWhileMirrored } from "#core/migration/target-topic.ts";

type Configs = Parameters<typeof ownSettings>[0];
const configs = (own: Record<string, string>, inherited: Record<string, string | null> = {}): Configs =>
  new Map<string, { readonly value: string | null; readonly isTopicLevel: boolean }>([
    ...Object.entries(inherited).map(([name, value]) => [name, { value, isTopicLevel: false }] as const),
    ...Object.entries(own).map(([name, value]) => [name, { value, isTopicLevel: true }] as const),
  ]);
/** What a topic's own settings are after some were set and some deleted. */
const applied = (settings: Record<string, string>, changes: Readonly<Record<string, string | null>>) =>
  Object.fromEntries(Object.entries({ ...settings, ...changes }).filter(([, value]) => value !== null));

describe("a target topic's settings", () => {
  it("are the source's own, and what it inherits where the clusters' defaults may differ", () => {
    const source = configs(
      { "cleanup.policy": "compact", "segment.bytes": "1048576" },
      { "retention.ms": "604800000", "max.message.bytes": "2097152", "flush.ms": "1000", "retention.bytes": null },
    );
    expect(ownSettings(source)).toEqual({
      "cleanup.policy": "compact",
      "segment.bytes": "1048576",
      "retention.ms": "604800000",
      "max.message.bytes": "2097152",
    });
  });

  it("keep every record and its time while it is mirrored", () => {
    const mirrored = settingsWhileMirrored(
      ownSettings(configs({ "retention.ms": "1000", "message.timestamp.type": "LogAppendTime", "segment.ms": "5" })),
    );
    expect(mirrored).toMatchObject({
      "retention.ms": "-1",
      "retention.bytes": "-1",
      "message.timestamp.type": "CreateTime",
      "segment.ms": "5",
    });
  });

  it.each([
    ["none of its own", {}, {}],
    ["retention of its own", { "retention.ms": "1000", "retention.bytes": "5" }, {}],
    ["inherited retention", {}, { "retention.ms": "604800000", "message.timestamp.type": "CreateTime" }],
    ["log-append time", { "message.timestamp.type": "LogAppendTime", "cleanup.policy": "delete" }, {}],
    ["a limit of time stamps", { "message.timestamp.before.max.ms": "1000" }, {}],
  ])("come back at the seal to what they were: %s", (_what, own, inherited) => {
    const before = ownSettings(configs(own, inherited));
    expect(applied({ ...settingsWhileMirrored(before) }, settingsAtSeal(before))).toEqual(before);
  });
});
