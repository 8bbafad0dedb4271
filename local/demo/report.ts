import type { EstateChecked, WaveChecked } from "./checker/check-wave.ts";
import type { Pause } from "./checker/pauses.ts";
import type { DemoWave } from "./estate-declaration.ts";
import { type GroupTranslation, mirrorMakerWouldReread } from "./translations.ts";

export type WaveResult = {
  readonly wave: DemoWave;
  readonly checked: WaveChecked;
  readonly translations: readonly GroupTranslation[];
  /** MirrorMaker's checkpoints were read beside its translations. */
  readonly isCompared: boolean;
  readonly controlPlaneSeconds: number | undefined;
  readonly attempt: number;
  readonly outcome: string;
  /** From the alarm's change to the wave's clients back on the source; absent: it did not go back. */
  readonly alarmToRolledBackSeconds?: number;
};

export type DemoResult = EstateChecked & {
  readonly waves: readonly WaveResult[];
  /** Whatever else went wrong or stayed, found after everything was stopped. */
  readonly leftAfterStop: readonly string[];
};

const troublesOf = ({ wave, checked, outcome, controlPlaneSeconds, translations }: WaveResult): string[] =>
  [
    ...(outcome === "sealed" ? [] : [`the wave ended ${outcome}, not sealed`]),
    ...(controlPlaneSeconds === undefined ? ["the journal tells of no freeze"] : []),
    ...wave.groups
      .filter((group) => !translations.some((t) => t.group === group.id))
      .map((group) => `the journal tells of no translation of group ${group.id}`),
    ...checked.findings,
  ].map((sentence) => `wave ${wave.name}: ${sentence}`);

/** Everything that makes the demo fail, one sentence each. */
export const troubles = ({ waves, leftBehind, leftAfterStop }: DemoResult): string[] => [
  ...waves.flatMap(troublesOf),
  ...leftBehind,
  ...leftAfterStop,
];

/** The object that `--json` prints. */
export const asJson = (result: DemoResult) => ({
  verdict: troubles(result).length === 0 ? "pass" : "fail",
  waves: result.waves.map(waveAsJson),
  leftBehind: [...result.leftBehind, ...result.leftAfterStop],
});

const waveAsJson = (result: WaveResult) => {
  const { checked } = result;
  return {
    name: result.wave.name,
    attempt: result.attempt,
    outcome: result.outcome,
    records: checked.records.acknowledged,
    groups: checked.records.groups.map((group) => {
      const translation = result.translations.find((t) => t.group === group.id);
      return {
        id: group.id,
        processed: group.processed,
        lost: group.lost,
        repeated: group.repeated,
        translation: (translation?.partitions ?? []).map((p) => ({
          topic: p.topic,
          partition: p.partition,
          committed: p.committed,
          translated: p.translated,
          kind: p.kind,
          basis: p.basis,
          mirrorMaker: p.mirrorMakerOffset?.toString() ?? null,
        })),
        mirrorMakerWouldReread: wouldReread(result, group.id),
      };
    }),
    freeze: {
      controlPlaneSeconds: result.controlPlaneSeconds ?? null,
      producersViewSeconds: longest(to("target", checked.freezes)),
    },
    consumerPauseSeconds: longest(to("target", checked.pauses)),
    alarmToRolledBackSeconds: result.alarmToRolledBackSeconds ?? null,
    rollBack:
      result.alarmToRolledBackSeconds === undefined
        ? null
        : {
            producersViewSeconds: longest(to("source", checked.freezes)),
            consumerPauseSeconds: longest(to("source", checked.pauses)),
          },
  };
};

/** null: nothing was compared. */
const wouldReread = ({ isCompared, translations, checked }: WaveResult, group: string): number | null => {
  const translation = isCompared ? translations.find((t) => t.group === group) : undefined;
  return translation === undefined ? null : mirrorMakerWouldReread(translation, checked.targetLog);
};

const to = (side: Pause["to"], pauses: readonly Pause[]): readonly Pause[] =>
  pauses.filter((pause) => pause.to === side);

const longest = (pauses: readonly { seconds: number }[]): number | null =>
  pauses.length === 0 ? null : Math.max(...pauses.map((pause) => pause.seconds));

/** The report for people. */
export const asText = (result: DemoResult): string => {
  const found = troubles(result);
  return [
    ...result.waves.flatMap(waveAsText),
    ...(result.leftBehind.length + result.leftAfterStop.length === 0
      ? [`left behind      nothing but the sealed ${result.waves.length === 1 ? "wave's fence" : "waves' fences"}`]
      : []),
    `stays            ${result.topicsThatStay.join(", ")}`,
    "",
    found.length === 0 ? "VERDICT: every record was processed by each group exactly once" : "VERDICT: FAILED",
    ...found.map((sentence) => `  - ${sentence}`),
    "",
  ].join("\n");
};

const waveAsText = (result: WaveResult): readonly string[] => {
  const { wave, checked, translations, isCompared } = result;
  const { records } = checked;
  const pauseOf = new Map(to("target", checked.pauses).map((pause) => [pause.client, pause.seconds]));
  const rows = [
    [
      "group",
      "is",
      "processed",
      "source + target",
      "lost",
      "repeated",
      "out of order",
      ...(isCompared ? ["MirrorMaker re-reads"] : []),
      "stood still",
    ],
    ...records.groups.map((group) => {
      const still = pauseOf.get(group.id);
      const reread = wouldReread(result, group.id);
      return [
        group.id,
        wave.groups.find((g) => g.id === group.id)?.isLike ?? "",
        count(group.processed),
        `${count(group.processedOnSource)} + ${count(group.processedOnTarget)}`,
        count(group.lost),
        count(group.repeated + group.foreign),
        count(group.reordered),
        ...(isCompared ? [reread === null ? "?" : count(reread)] : []),
        still === undefined ? "–" : `${still.toFixed(2)} s`,
      ];
    }),
  ];
  return [
    "",
    `WAVE ${wave.name}: ${result.outcome}`,
    table(rows),
    "",
    `translated offsets (source → target, how found${isCompared ? "; MirrorMaker's own checkpoint in brackets" : ""})`,
    ...wave.groups
      .flatMap((group) => translations.filter((t) => t.group === group.id))
      .map((translation) => translationLine(translation, isCompared)),
    "",
    `records          ${count(records.acknowledged)} acknowledged, each once on the target and in order; ${count(records.carriedBack)} of them carried back to the source by the reverse mirror`,
    ...(records.unclear === 0
      ? []
      : [
          `unclear          ${count(records.unclear)} records were sent without an acknowledgement, ${count(records.unclearFound)} of them are there`,
        ]),
    `freeze           ${pausesLine(to("target", checked.freezes))} (last write on the source to first on the target); control plane's share ${result.controlPlaneSeconds?.toFixed(2) ?? "?"} s`,
    ...(result.alarmToRolledBackSeconds === undefined
      ? []
      : [
          `roll-back        ${result.alarmToRolledBackSeconds.toFixed(2)} s from the alarm to rolled back; ${pausesLine(to("source", [...checked.freezes, ...checked.pauses]))} (last act on the target to first on the source)`,
          `attempt          sealed in attempt ${result.attempt}, whose mirror went on where the roll-back had proved both sides equal`,
        ]),
  ];
};

const pausesLine = (pauses: readonly Pause[]): string =>
  pauses.map(({ client, seconds }) => `${client} ${seconds.toFixed(2)} s`).join(", ");

const translationLine = ({ group, partitions }: GroupTranslation, isCompared: boolean): string =>
  `  ${group}: ${partitions
    .toSorted((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition)
    .map((p) => {
      const basis = summary(p.basis);
      const mirrorMaker = isCompared ? ` [${p.mirrorMakerOffset ?? "none"}]` : "";
      return `${p.topic}/${p.partition} ${p.committed} → ${p.translated} ${p.kind}${basis}${mirrorMaker}`;
    })
    .join("; ")}`;

const summary = (basis: unknown): string => {
  if (typeof basis !== "object" || basis === null) return "";
  const words = ["anchor", "method"].map((name) => Reflect.get(basis, name)).filter((word) => typeof word === "string");
  return words.length === 0 ? "" : ` (${words.join(", ")})`;
};

const count = (value: number): string => value.toLocaleString("en-GB");

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  "),
    )
    .join("\n");
};
