/** What must hold of every write of a wave's row. Each answers what is wrong, or nothing. */
import { APPROVALS } from "#core/gate/approvals.ts";
import { LIFECYCLE } from "#core/wave/lifecycle.ts";
import type { Approval, WaveRow } from "#core/wave/wave.ts";
import { MOVES, moveOf } from "./lifecycle-moves.ts";

/** What is remembered of a wave between its writes. */
export type Written = {
  head: string;
  /** Which claim used an approval, by who gave it for what and when. */
  readonly usedBy: Map<string, string>;
};
export const nothingWritten = (): Written => ({ head: "", usedBy: new Map() });

const keyOf = (a: Approval): string => `${a.gate} by ${a.person} at ${a.at} for ${a.evidenceHash}`;

export function* wrongWrite(before: WaveRow, row: WaveRow, known: Written): Generator<string> {
  if (row.version !== before.version + 1) yield `version ${row.version} follows ${before.version}`;
  if (row.run < before.run) yield `run ${row.run} follows ${before.run}`;
  const move = moveOf(before, row);
  if (move !== undefined && !MOVES.has(move)) yield `${move} is no move of the lifecycle table`;
  yield* wrongJournal(before, row, known);
  yield* wrongApprovals(before, row, known);
}

function* wrongJournal(before: WaveRow, row: WaveRow, known: Written): Generator<string> {
  if (before.journal.hash !== known.head)
    yield "the journal's chain was forked: an entry follows one that was not the last";
  if (row.journal.sequence <= before.journal.sequence) yield "a write journalled nothing";
  known.head = row.journal.hash;
}

/** Each approval is used once, by the step that it was given for, and that step has as many as it needs. */
function* wrongApprovals(before: WaveRow, row: WaveRow, known: Written): Generator<string> {
  for (const approval of row.approvals) {
    const key = keyOf(approval);
    const usedBefore = known.usedBy.get(key);
    if (usedBefore !== undefined && approval.usedBy !== usedBefore)
      yield `the approval of ${key} was used by ${usedBefore}, and is ${approval.usedBy ?? "unused"} again`;
    if (approval.usedBy !== undefined) known.usedBy.set(key, approval.usedBy);
  }
  const step = LIFECYCLE.find(({ doing }) => row.phase === doing && before.phase !== doing);
  if (step === undefined || before.phase !== step.from) return;
  for (const gate of step.gates) {
    const needed = APPROVALS[gate]?.people ?? 0;
    const people = new Set(
      row.approvals.filter((a) => a.gate === gate && a.usedBy === row.claim?.id).map(({ person }) => person),
    );
    if (people.size < needed) yield `${step.step} began with ${people.size} of ${needed} approvals of ${gate}`;
  }
}
