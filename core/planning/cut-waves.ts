/** Components become waves: what several teams share, or what is more than a wave should be, is one by itself, the rest goes team by team, and of what is too much for one wave each half is one. */

import type { Component } from "./components.ts";
import { hashOf } from "./hash.ts";
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
  readonly by: "coupling" | "team" | "names" | "size";
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
  const take = (place: Place, parts: readonly Sized[], by: Cut["by"]): void => {
    const { team, level, word, half } = place;
    const teams = team === undefined ? [] : [team];
    cuts.push({
      key: JSON.stringify([team ?? null, level, word ?? null, half]),
      words: [...teams, word ?? "", half, WHEN[level]],
      parts,
      level,
      teams,
      by,
    });
  };
  const halve = (place: Place, parts: readonly Sized[]): void => {
    const teams = place.team === undefined ? [] : [place.team];
    if (parts.length === 1 || place.half.length === HASH_BITS || fits(parts, teams)) {
      take(place, parts, place.half !== "" ? "size" : place.word === undefined ? "team" : "names");
      return;
    }
    const bit = place.half.length;
    for (const [letter, half] of Map.groupBy(parts, ({ component }) => halfOf(component, bit)))
      halve({ ...place, half: `${place.half}${letter}` }, half);
  };
  for (const [team, ofTeam] of Map.groupBy(others, ({ teams: [one] }) => one))
    for (const [level, parts] of Map.groupBy(ofTeam, ({ risk }) => risk.level))
      if (team !== undefined) halve({ team, level, half: "" }, parts);
      // Where nobody owns them there is nothing but names to go by.
      else
        for (const [word, named] of Map.groupBy(parts, ({ component: { topics } }) => wordOf(topics[0] ?? "")))
          halve({ word, level, half: "" }, named);
  return cuts;
}

type Place = {
  readonly team?: string;
  readonly word?: string;
  readonly level: Risk["level"];
  /** Which half of which half, where the whole is more than a wave should be: letters a and b. */
  readonly half: string;
};

const HASH_BITS = 32;

/** By its own name alone: whoever comes later moves nobody else to another half. */
const halfOf = ({ topics: [first = ""] }: Component, bit: number): "a" | "b" =>
  ((hashOf(first) >>> bit) & 1) === 0 ? "a" : "b";

const wordOf = (topic: string): string => topic.split(/[._-]/).find((word) => word !== "") ?? topic;

/** The topic that most is coupled to. */
const hubOf = ({ topics, couplings }: Component): string => {
  const count = new Map<string, number>(topics.map((topic) => [topic, 0]));
  for (const { edges } of couplings) for (const { topic } of edges) count.set(topic, (count.get(topic) ?? 0) + 1);
  const most = Math.max(...count.values());
  return topics.find((topic) => count.get(topic) === most) ?? "";
};
