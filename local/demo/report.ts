import type { WaveChecked } from "./checker/check-wave.ts";
import { GROUPS, WAVE } from "./estate-declaration.ts";
import { type GroupTranslation, mirrorMakerWouldReread } from "./translations.ts";

export type DemoResult = {
  readonly checked: WaveChecked;
  readonly translations: readonly GroupTranslation[];
  readonly controlPlaneSeconds: number | undefined;
  readonly attempt: number;
  readonly outcome: string;
  /** Whatever else went wrong or stayed, found after everything was stopped. */
  readonly leftAfterStop: readonly string[];
};

/** Everything that makes the demo fail, one sentence each. */
export const troubles = ({
  checked,
  leftAfterStop,
  outcome,
  controlPlaneSeconds,
  translations,
}: DemoResult): string[] => [
  ...(outcome === "sealed" ? [] : [`the wave ended ${outcome}, not sealed`]),
  ...(controlPlaneSeconds === undefined ? ["the journal tells of no freeze"] : []),
  ...GROUPS.filter((group) => !translations.some((t) => t.group === group.id)).map(
    (group) => `the journal tells of no translation of group ${group.id}`,
  ),
  ...checked.findings,
  ...checked.leftBehind,
  ...leftAfterStop,
];

/** The object that `--json` prints. */
export const asJson = (result: DemoResult) => {
  const { checked } = result;
  return {
    verdict: troubles(result).length === 0 ? "pass" : "fail",
    waves: [
      {
        name: WAVE,
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
            mirrorMakerWouldReread:
              translation === undefined ? null : mirrorMakerWouldReread(translation, checked.targetLog),
          };
        }),
        freeze: {
          controlPlaneSeconds: result.controlPlaneSeconds ?? null,
          producersViewSeconds: longest(checked.freezes),
        },
        consumerPauseSeconds: longest(checked.pauses),
      },
    ],
    leftBehind: [...checked.leftBehind, ...result.leftAfterStop],
  };
};

const longest = (pauses: readonly { seconds: number }[]): number | null =>
  pauses.length === 0 ? null : Math.max(...pauses.map((pause) => pause.seconds));

/** The report for people. */
export const asText = (result: DemoResult): string => {
  const { checked, translations } = result;
  const { records } = checked;
  const pauseOf = new Map(checked.pauses.map((pause) => [pause.client, pause.seconds]));
  const rows = [
    [
      "group",
      "is",
      "processed",
      "source + target",
      "lost",
      "repeated",
      "out of order",
      "MirrorMaker re-reads",
      "stood still",
    ],
    ...records.groups.map((group) => {
      const translation = translations.find((t) => t.group === group.id);
      const still = pauseOf.get(group.id);
      return [
        group.id,
        GROUPS.find((g) => g.id === group.id)?.isLike ?? "",
        count(group.processed),
        `${count(group.processedOnSource)} + ${count(group.processedOnTarget)}`,
        count(group.lost),
        count(group.repeated + group.foreign),
        count(group.reordered),
        translation === undefined ? "?" : count(mirrorMakerWouldReread(translation, checked.targetLog)),
        still === undefined ? "–" : `${still.toFixed(2)} s`,
      ];
    }),
  ];
  const found = troubles(result);
  return [
    "",
    table(rows),
    "",
    "translated offsets (source → target, how found; MirrorMaker's own checkpoint in brackets)",
    ...GROUPS.flatMap((group) => translations.filter((t) => t.group === group.id)).map(translationLine),
    "",
    `records          ${count(records.acknowledged)} acknowledged, each once on the target and in order; ${count(records.carriedBack)} of them carried back to the source by the reverse mirror`,
    ...(records.unclear === 0
      ? []
      : [
          `unclear          ${count(records.unclear)} records were sent without an acknowledgement, ${count(records.unclearFound)} of them are there`,
        ]),
    `freeze           ${checked.freezes.map((freeze) => `${freeze.client} ${freeze.seconds.toFixed(2)} s`).join(", ")} (last write on the source to first on the target); control plane's share ${result.controlPlaneSeconds?.toFixed(2) ?? "?"} s`,
    ...(checked.leftBehind.length + result.leftAfterStop.length === 0
      ? ["left behind      nothing but the sealed wave's fence"]
      : []),
    `stays            ${checked.topicsThatStay.join(", ")}`,
    "",
    found.length === 0 ? "VERDICT: every record was processed by each group exactly once" : "VERDICT: FAILED",
    ...found.map((sentence) => `  - ${sentence}`),
    "",
  ].join("\n");
};

const translationLine = ({ group, partitions }: GroupTranslation): string =>
  `  ${group}: ${partitions
    .toSorted((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition)
    .map((p) => {
      const basis = summary(p.basis);
      const mirrorMaker = p.mirrorMakerOffset === undefined ? "none" : p.mirrorMakerOffset;
      return `${p.topic}/${p.partition} ${p.committed} → ${p.translated} ${p.kind}${basis} [${mirrorMaker}]`;
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
