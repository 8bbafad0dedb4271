import { expect, test } from "vitest";
import type { WaveChecked } from "#local/demo/checker/check-wave.ts";
import { RETURNS, SHOP } from "#local/demo/estate-declaration.ts";
import { freezeShare } from "#local/demo/freeze-share.ts";
import { sentenceOf } from "#local/demo/journal-sentences.ts";
import { asJson, asText, type DemoResult, troubles, type WaveResult } from "#local/demo/report.ts";
import { mirrorMakerWouldReread, translationsIn, withCheckpoints } from "#local/demo/translations.ts";
import type { Entry } from "#local/demo/wave-api.ts";

const log = new Map([
  ["orders/0", Array.from({ length: 20 }, (_, offset) => ({ offset: BigInt(offset), id: `r${offset}` }))],
]);
const partition = { topic: "orders", partition: 0, committed: "12", translated: "10", kind: "exact", basis: {} };
const checked: WaveChecked = {
  records: {
    acknowledged: 20,
    unclear: 0,
    unclearFound: 0,
    carriedBack: 3,
    groups: SHOP.groups.map((group) => ({
      id: group.id,
      expected: 20,
      processed: 20,
      processedOnSource: 12,
      processedOnTarget: 8,
      lost: 0,
      repeated: 0,
      foreign: 0,
      reordered: 0,
    })),
    onWhole: { lost: 0, repeated: 0, foreign: 0, reordered: 0 },
    findings: [],
  },
  freezes: [{ client: "orders-api", from: "source", to: "target", lastAt: 0, firstAt: 1500, seconds: 1.5 }],
  pauses: [
    { client: "billing", from: "source", to: "target", lastAt: 0, firstAt: 900, seconds: 0.9 },
    { client: "fraud", from: "source", to: "target", lastAt: 0, firstAt: 2100, seconds: 2.1 },
  ],
  targetLog: log,
  findings: [],
};
const shop: WaveResult = {
  wave: SHOP,
  isCompared: true,
  checked,
  translations: SHOP.groups.map((group) => ({
    group: group.id,
    partitions: [{ ...partition, mirrorMakerOffset: 4n }],
  })),
  controlPlaneSeconds: 0.8,
  attempt: 1,
  outcome: "sealed",
};
const good: DemoResult = {
  waves: [shop],
  leftBehind: [],
  topicsThatStay: ["target sluice-demo-forward-configs"],
  leftAfterStop: [],
};
const withShop = (change: Partial<WaveResult>): DemoResult => ({ ...good, waves: [{ ...shop, ...change }] });

test("a wave without fault passes, with the figures that were promised", () => {
  expect(troubles(good)).toEqual([]);
  const json = asJson(good);
  expect(json).toMatchObject({ verdict: "pass", leftBehind: [] });
  expect(json.waves[0]).toMatchObject({
    name: "shop",
    attempt: 1,
    outcome: "sealed",
    records: 20,
    freeze: { controlPlaneSeconds: 0.8, producersViewSeconds: 1.5 },
    consumerPauseSeconds: 2.1,
  });
  expect(json.waves[0]?.groups[0]).toMatchObject({ processed: 20, lost: 0, repeated: 0, mirrorMakerWouldReread: 6 });
  expect(() => JSON.stringify(json)).not.toThrow();
  expect(asText(good)).toContain("VERDICT: every record was processed by each group exactly once");
});

test.each<[string, DemoResult, string]>([
  ["a finding", withShop({ checked: { ...checked, findings: ["group x: 1 lost"] } }), "wave shop: group x: 1 lost"],
  ["a leftover", { ...good, leftBehind: ["connector"] }, "connector"],
  ["a process left", { ...good, leftAfterStop: ["process 7"] }, "process 7"],
  ["no seal", withShop({ outcome: "replicating" }), "wave shop: the wave ended replicating, not sealed"],
  ["no freeze", withShop({ controlPlaneSeconds: undefined }), "wave shop: the journal tells of no freeze"],
  [
    "no translation",
    withShop({ translations: shop.translations.slice(1) }),
    "wave shop: the journal tells of no translation of group fulfilment",
  ],
])("%s fails the demo and is named", (_, result, sentence) => {
  expect(troubles(result)).toEqual([sentence]);
  expect(asJson(result).verdict).toBe("fail");
  expect(asText(result)).toContain(`  - ${sentence}`);
});

test("a wave that moved a group with its producers tells its translation, and compares nothing that was not read", () => {
  const drained = entry(1, "DrainProved", 0, {
    milliseconds: {},
    groups: [{ group: "refunder", partitions: [partition] }],
  });
  const moved = entry(2, "GroupTranslated", 0, { group: "restocking", partitions: [partition] });
  const translations = [moved, drained, entry(3, "ProducersMoved", 0, {})].flatMap(translationsIn);
  expect(translations.map((one) => one.group)).toEqual(["restocking", "refunder"]);
  const groups = RETURNS.groups.map(({ id }) => ({ ...checked.records.groups[0], id }));
  const records = { ...checked.records, groups } as WaveResult["checked"]["records"];
  const returns: WaveResult = {
    ...shop,
    wave: RETURNS,
    isCompared: false,
    translations,
    checked: { ...checked, records },
  };
  const both: DemoResult = { ...good, waves: [shop, returns] };
  expect(troubles(both)).toEqual([]);
  const json = asJson(both).waves;
  expect(json.map((wave) => wave.name)).toEqual(["shop", "returns"]);
  expect(json[1]?.groups.map((group) => [group.id, group.mirrorMakerWouldReread])).toEqual([
    ["refunder", null],
    ["restocking", null],
  ]);
  expect(asText(both).match(/MirrorMaker re-reads/g)).toHaveLength(1);
  expect(sentenceOf(drained)).toContain("translated: group refunder");
});

test("records between MirrorMaker's checkpoint and the exact offset are counted; without a checkpoint from the beginning", () => {
  expect(mirrorMakerWouldReread({ group: "g", partitions: [{ ...partition, mirrorMakerOffset: 10n }] }, log)).toBe(0);
  expect(mirrorMakerWouldReread({ group: "g", partitions: [{ ...partition, mirrorMakerOffset: 3n }] }, log)).toBe(7);
  expect(mirrorMakerWouldReread({ group: "g", partitions: [partition] }, log)).toBe(10);
});

const entry = (sequence: number, event: string, at: number, details: Record<string, unknown>): Entry => ({
  sequence,
  event,
  at,
  by: "sluice",
  phase: "frozen",
  details,
});

test("MirrorMaker is given time to write a checkpoint for the very commit", async () => {
  let looks = 0;
  const comparison = {
    checkpointFor: () => (++looks < 3 ? { upstream: 11n, downstream: 2n } : { upstream: 12n, downstream: 9n }),
    remove: async () => undefined,
  };
  const translated = entry(1, "GroupTranslated", 0, { group: "billing", partitions: [partition] });
  const found = await withCheckpoints(translated, comparison, async () => undefined);
  expect(found).toEqual({ group: "billing", partitions: [{ ...partition, mirrorMakerOffset: 9n }] });
});

test("the control plane's share is the last freeze without what it waited for clients, up to the order that starts them", () => {
  const freeze = (from: number, at: number): Entry[] => [
    entry(from, "StepClaimed", at, { step: "freeze" }),
    entry(from + 1, "WaveFrozen", at + 500, { milliseconds: { brake: 300, fence: 30, total: 330 } }),
    entry(from + 2, "DrainProved", at + 700, { milliseconds: { stop: 90, total: 90 } }),
    entry(from + 3, "ProducersMoved", at + 1500, {
      milliseconds: { offsets: 50, written: 400, reverse: 200, total: 650 },
    }),
  ];
  const share = freezeShare([...freeze(1, 1000), ...freeze(10, 90_000)]);
  expect(share?.milliseconds).toBe(600);
  expect(share?.parts).toEqual(
    new Map([
      ["freeze fence", 30],
      ["drain stop", 90],
      ["move offsets", 50],
      ["between", 430],
    ]),
  );
  expect(freezeShare([entry(1, "StepClaimed", 0, { step: "freeze" })])).toBeUndefined();
});
