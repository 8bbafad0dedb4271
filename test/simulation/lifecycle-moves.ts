import { ABORT, LIFECYCLE, type Phase, RETRY, ROLL_BACK, THAW } from "#core/wave/lifecycle.ts";

export type Move = `${Phase} → ${Phase}`;
const move = (from: Phase, to: Phase): Move => `${from} → ${to}`;

/** Where no producer had moved, a withdrawn roll-back leads back to where the order met the wave. */
const withdrawnTo: readonly Phase[] = ROLL_BACK.from.filter((phase) => phase !== "moving-producers");

/** Every move from phase to phase that the lifecycle table allows. */
export const MOVES: ReadonlySet<Move> = new Set([
  ...LIFECYCLE.flatMap(({ from, doing, to }) => [move(from, doing), move(doing, to)]),
  ...THAW.from.map((from) => move(from, THAW.doing)),
  move(THAW.doing, THAW.to),
  move(THAW.doing, THAW.refusedTo),
  // A roll-back that was ordered of a frozen wave follows its thaw.
  move(THAW.doing, ROLL_BACK.doing),
  ...ROLL_BACK.from.map((from) => move(from, ROLL_BACK.doing)),
  move(ROLL_BACK.doing, ROLL_BACK.lastTurn),
  move(ROLL_BACK.lastTurn, ROLL_BACK.to),
  move(ROLL_BACK.doing, ROLL_BACK.withdrawing),
  // A forced one takes over what is stuck without its target.
  move(ROLL_BACK.withdrawing, ROLL_BACK.doing),
  ...withdrawnTo.map((to) => move(ROLL_BACK.withdrawing, to)),
  ...ABORT.from.map((from) => move(from, ABORT.doing)),
  move(ABORT.doing, ABORT.to),
  ...RETRY.from.map((from) => move(from, RETRY.to)),
]);

export const moveOf = (before: { readonly phase: Phase }, after: { readonly phase: Phase }): Move | undefined =>
  before.phase === after.phase ? undefined : move(before.phase, after.phase);
