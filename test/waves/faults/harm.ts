import { checkRecords } from "#local/demo/checker/check-records.ts";
import { readLog } from "#local/demo/checker/read-log.ts";
import { readCursors } from "#use-cases/mirror-cursors.ts";
import { readFact } from "#use-cases/wave-facts.ts";
import { MIGRATION } from "../lab-declaration.ts";
import { seenAtWork } from "../stand-still.ts";
import type { LabWaveRun, Side, WaveLab } from "../wave-lab.ts";

/** What a wave that was struck has lost and repeated; trouble is a sentence each, repeats that the product counted not among it. */
export type Harm = {
  readonly lost: number;
  /** On the side that the wave ended on, by the checker; and by the product's own count. */
  readonly repeated: number;
  readonly counted: number;
  readonly troubles: readonly string[];
};

/** Of a sealed wave. Where others of the lab are not sealed, what stands on the clusters is theirs too, and is not looked at. */
export async function harmDone(lab: WaveLab, wave: LabWaveRun, isAlone = true): Promise<Harm> {
  const { records, findings } = await wave.judged();
  const counted = await repeatsCounted(lab, wave);
  const { lost, repeated } = records.onWhole;
  const troubles = (isAlone ? findings : records.findings).filter((finding) => !ONLY_REPEATS.test(finding));
  return {
    lost: lost + records.groups.reduce((sum, group) => sum + group.lost, 0),
    repeated,
    counted,
    troubles: [...troubles, ...miscounted("target", repeated, counted)],
  };
}

/** Of a wave that is rolled back or aborted: its clients work on the source, nobody is barred, and the source has everything. */
export async function harmOnTheWayBack(lab: WaveLab, wave: LabWaveRun): Promise<Harm> {
  const { topic, producers, liveGroups, idleGroup } = wave.declared;
  const troubles: string[] = [];
  for (const client of [...producers, ...liveGroups]) {
    const position = await wave.position(client);
    if (position !== "source") troubles.push(`${client} is told to be on ${position}`);
  }
  for (const side of ["source", "target"] as const)
    for (const right of await wave.fence(side)) troubles.push(`left on the ${side}: ${right}`);
  await seenAtWork(wave, "source");
  const { onWhole, groups } = await wave.recordsOnSource();
  const [source, target] = await Promise.all([
    readLog(lab.asAdmin.source, [topic]),
    readLog(lab.asAdmin.target, [topic]),
  ]);
  const ids = [...liveGroups, idleGroup].map((id) => ({ id, topics: [topic] }));
  const ended = (side: Side) => checkRecords(wave.readJournalLines(), { source, target }, ids, side);
  troubles.push(...ended("source").findings.filter((finding) => !ONLY_REPEATS.test(finding)));
  const pin = await readFact(lab.store.items, { migration: MIGRATION, wave: wave.declared.name }, "pin");
  if (pin === undefined) troubles.push("no pin was taken");
  const counted = pin?.repeated ?? 0;
  // An aborted wave never wrote on the source again: what its mirror repeated is on the target.
  const repeatedTo = pin?.direction === "forward" ? "target" : "source";
  const { repeated } = ended(repeatedTo).onWhole;
  troubles.push(...miscounted(repeatedTo, repeated, counted));
  if (repeatedTo === "source") {
    const forward = await repeatsCounted(lab, wave);
    troubles.push(...miscounted("target", ended("target").onWhole.repeated, forward));
  }
  return { lost: onWhole.lost + groups.reduce((sum, group) => sum + group.lost, 0), repeated, counted, troubles };
}

const miscounted = (side: Side, repeated: number, counted: number): readonly string[] =>
  repeated === counted ? [] : [`${repeated} records stand twice on the ${side}, and the product counts ${counted}`];

/** Of a log that a mirror writes, or of a group that had moved before: what at-least-once means. */
const ONLY_REPEATS = /^(?:(?:source|target) log of|group) \S+: \d+ repeated$/;

/** Records that a restarted worker carried twice onto the target, as the product counted them. */
async function repeatsCounted(lab: WaveLab, wave: LabWaveRun): Promise<number> {
  const cursors = await readCursors(lab.store.items, await wave.row(), "forward");
  return [...(cursors ?? new Map()).values()].reduce((sum, { repeated }) => sum + repeated, 0);
}
