/** What has changed from one plan to another, by name. */
import { canonicalJson } from "#core/journal/canonical-json.ts";
import type { Plan, PlannedWave } from "./plan.ts";

type Moved = {
  readonly kind: "topic" | "group";
  readonly name: string;
  /** Absent: it was or is in no wave. */
  readonly from?: string;
  readonly to?: string;
};
type Said<T> = { readonly added: readonly T[]; readonly gone: readonly T[] };

export type PlanChanges = {
  /** Neither says anything that the other does not. */
  readonly isSame: boolean;
  readonly waves: Said<string>;
  /** Waves of both whose place has changed. */
  readonly order: readonly { readonly wave: string; readonly from: number; readonly to: number }[];
  readonly moved: readonly Moved[];
  readonly findings: Said<string>;
  readonly undecided: Said<string>;
  readonly loosened: Said<string>;
};

export function comparePlans(before: Plan, after: Plan): PlanChanges {
  const orders = new Map(before.waves.map(({ name, order }) => [name, order]));
  return {
    isSame: canonicalJson({ ...before, basis: undefined }) === canonicalJson({ ...after, basis: undefined }),
    waves: difference(namesOf(before), namesOf(after)),
    order: after.waves.flatMap(({ name, order: to }) => {
      const from = orders.get(name);
      return from === undefined || from === to ? [] : [{ wave: name, from, to }];
    }),
    moved: [
      ...moved("topic", before, after, ({ topics }) => topics),
      ...moved("group", before, after, ({ groups }) => groups.map(({ id }) => id)),
    ],
    findings: difference(sentencesOf(before.findings), sentencesOf(after.findings)),
    undecided: difference(sentencesOf(before.undecided), sentencesOf(after.undecided)),
    loosened: difference(
      before.loosened.map(({ edge }) => edge.says),
      after.loosened.map(({ edge }) => edge.says),
    ),
  };
}

const namesOf = ({ waves }: Plan): readonly string[] => waves.map(({ name }) => name);
const sentencesOf = (all: readonly { readonly says: string }[]): readonly string[] => all.map(({ says }) => says);

function difference(before: readonly string[], after: readonly string[]): Said<string> {
  const [was, is] = [new Set(before), new Set(after)];
  return { added: [...is].filter((one) => !was.has(one)), gone: [...was].filter((one) => !is.has(one)) };
}

function moved(
  kind: Moved["kind"],
  before: Plan,
  after: Plan,
  itemsOf: (wave: PlannedWave) => readonly string[],
): readonly Moved[] {
  const places = ({ waves }: Plan) => new Map(waves.flatMap((wave) => itemsOf(wave).map((item) => [item, wave.name])));
  const [was, is] = [places(before), places(after)];
  return [...new Set([...was.keys(), ...is.keys()])].toSorted().flatMap((name) => {
    const [from, to] = [was.get(name), is.get(name)];
    if (from === to) return [];
    return [{ kind, name, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
  });
}
