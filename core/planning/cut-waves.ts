/** Components become waves: what several teams share, or what is more than a wave should be, is one by itself, the rest goes team by team, and what is too much for one wave is parted by names. */

import type { Component } from "./components.ts";
import { beyond, type Limits } from "./limits.ts";
import type { Risk, WaveSize } from "./plan.ts";

export type Sized = {
  readonly component: Component;
  readonly risk: Risk;
  readonly teams: readonly string[];
  readonly groups: number;
};

export type Cut = {
  /** Tells it from every other wave, whatever else there is. */
  readonly key: string;
  readonly words: readonly string[];
  readonly parts: readonly Sized[];
  readonly level: Risk["level"];
  readonly teams: readonly string[];
  /** Why its neighbours are elsewhere. */
  readonly by: "coupling" | "team" | "names";
};

const WHEN: Readonly<Record<Risk["level"], string>> = { low: "early", medium: "", high: "late" };

export function cutWaves(
  sized: readonly Sized[],
  limits: Limits,
  sizeOf: (topics: readonly string[], teams: readonly string[]) => WaveSize,
): readonly Cut[] {
  const cuts: Cut[] = [];
  const fits = (parts: readonly Sized[], teams: readonly string[]): boolean =>
    beyond(
      {
        size: sizeOf(
          parts.flatMap(({ component }) => component.topics),
          teams,
        ),
        groups: parts.reduce((sum, { groups }) => sum + groups, 0),
      },
      limits,
    ).length === 0;
  const { whole = [], others = [] } = Object.groupBy(sized, (one) =>
    one.teams.length > 1 || !fits([one], one.teams) ? "whole" : "others",
  );
  for (const one of whole)
    cuts.push({
      key: JSON.stringify(["whole", hubOf(one.component)]),
      words: [hubOf(one.component), "core"],
      parts: [one],
      level: one.risk.level,
      teams: one.teams,
      by: "coupling",
    });
  const split = (
    parts: readonly Sized[],
    team: string | undefined,
    level: Risk["level"],
    path: readonly string[],
  ): void => {
    const teams = team === undefined ? [] : [team];
    // Without a team there is nothing but names to go by.
    if ((team !== undefined || path.length > 0) && (parts.length === 1 || fits(parts, teams))) {
      cuts.push({
        key: JSON.stringify([team ?? null, level, path]),
        words: [...teams, ...path, WHEN[level]],
        parts,
        level,
        teams,
        by: path.length > 0 ? "names" : "team",
      });
      return;
    }
    for (const [word, children] of Map.groupBy(parts, ({ component }) => wordOf(component, path.length)))
      split(children, team, level, [...path, word]);
  };
  for (const ofTeam of Map.groupBy(others, ({ teams: [team] }) => team).entries())
    for (const [level, parts] of Map.groupBy(ofTeam[1], ({ risk }) => risk.level)) split(parts, ofTeam[0], level, []);
  return cuts;
}

/** The word at this place of its first topic's name; behind the last, the whole name, which no other has. */
const wordOf = ({ topics: [first = ""] }: Component, depth: number): string => {
  const words = first.split(/[._-]/);
  return depth < words.length ? (words[depth] ?? "") : `${first}!`;
};

/** The topic that most is coupled to. */
const hubOf = ({ topics, couplings }: Component): string => {
  const count = new Map<string, number>(topics.map((topic) => [topic, 0]));
  for (const { edges } of couplings) for (const { topic } of edges) count.set(topic, (count.get(topic) ?? 0) + 1);
  const most = Math.max(...count.values());
  return topics.find((topic) => count.get(topic) === most) ?? "";
};
