import { compare } from "./order-of-names.ts";
import { type PlanFinding, RISKS, type Risk } from "./plan.ts";

export type ToOrder = {
  readonly name: string;
  readonly level: Risk["level"];
  readonly groups: number;
  /** It has what proves the whole way: producers, consumers, and a connector or a schema. */
  readonly provesTheWay: boolean;
};

/** Before may not be sealed until after has moved. */
export type Before = { readonly before: string; readonly after: string };

export type Ordered = {
  readonly names: readonly string[];
  readonly first: string | undefined;
  readonly findings: readonly PlanFinding[];
};

/** Low risk first, in that those with fewer groups, and before all of them the wave that proves the way; what waits for another comes behind it. */
export function orderWaves(waves: readonly ToOrder[], constraints: readonly Before[]): Ordered {
  const findings: PlanFinding[] = [];
  const waitsFor = Map.groupBy(constraints, ({ after }) => after);
  const isFree = ({ name }: ToOrder): boolean => !waitsFor.has(name);
  const sorted = waves.toSorted(
    (a, b) => RISKS.indexOf(a.level) - RISKS.indexOf(b.level) || a.groups - b.groups || compare(a.name, b.name),
  );
  // What holds state or acts outside is no trial.
  const first = sorted.find((wave) => wave.provesTheWay && wave.level !== "high" && isFree(wave));
  if (first === undefined && waves.length > 0)
    findings.push({
      kind: "first-wave",
      says: "no wave of low or medium risk has producers, consumers and a connector or a schema, so that the first wave does not prove the whole way",
      cure: "declare in planning what is replay-safe, stateful and acts outside Kafka, or begin with a trial topic that has all three",
    });
  const left = first === undefined ? sorted : [first, ...sorted.filter((wave) => wave !== first)];
  const placed = new Set<string>();
  const names: string[] = [];
  const there = new Set(left.map(({ name }) => name));
  while (left.length > 0) {
    const isReady = ({ name }: ToOrder): boolean =>
      (waitsFor.get(name) ?? []).every(({ before }) => placed.has(before) || !there.has(before));
    const ready = left.findIndex(isReady);
    const [next] = left.splice(Math.max(ready, 0), 1);
    if (next === undefined) break;
    if (ready === -1)
      findings.push({
        kind: "order",
        wave: next.name,
        says: `waits for ${(waitsFor.get(next.name) ?? [])
          .map(({ before }) => before)
          .filter((before) => !placed.has(before))
          .join(", ")}, which waits for it in turn, since edges were loosened both ways`,
        cure: "take back one of the edges of planning.loosened between them",
      });
    placed.add(next.name);
    names.push(next.name);
  }
  return { names, first: first?.name, findings };
}
