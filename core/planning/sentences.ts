/** What a manager reads: one sentence of why a wave is what it is, and one of where it ends. */

import type { Cut } from "./cut-waves.ts";
import { counted, listed } from "./order-of-names.ts";
import type { Edge, LoosenedEdge, Risk } from "./plan.ts";

type Told = {
  readonly cut: Cut;
  readonly topics: number;
  readonly groups: number;
  readonly edges: readonly Edge[];
  readonly risk: Risk;
  readonly isFirst: boolean;
  readonly dependency: string | undefined;
  readonly loosened: readonly LoosenedEdge[];
  /** Waves whose seal it holds. */
  readonly waitsFor: readonly string[];
};

export function reasonOf({ cut, topics, groups, edges, risk, isFirst, dependency, waitsFor }: Told): string {
  const what = `${counted(topics, "topic")} ${groups === 0 ? "without a group" : `and ${counted(groups, "group")}`}${cut.teams.length > 0 ? ` of ${listed(cut.teams)}` : ""}`;
  const binding = edges.filter(({ item }) => item.kind !== "subject");
  const tie =
    cut.parts.length > 1
      ? `in ${cut.parts.length} parts that could move alone`
      : binding.length > 0
        ? `tied by ${counted(binding.length, "edge")}, such as that ${strongest(binding)}`
        : "which nobody was seen to read or write";
  return `${what}, ${tie}; the wave ${isFirst ? firstText(dependency) : waitsFor.length > 0 ? `moves after ${listed(waitsFor)}, since it reads there through the reverse mirror until then` : whenText(risk, groups)}.`;
}

const firstText = (dependency: string | undefined): string =>
  `moves first, since its producers and consumers${dependency === undefined ? "" : ` and ${dependency}`} prove the whole way at small risk`;

const whenText = ({ level, because }: Risk, groups: number): string => {
  const [first] = because;
  const more = because.length - 1;
  const why = first === undefined ? "" : `, since ${first}${more > 0 ? ` (and ${counted(more, "more reason")})` : ""}`;
  switch (level) {
    case "low":
      return `moves early, since ${groups === 0 ? "no group reads it" : "its records may be read twice"} and nothing in it holds state or acts outside Kafka`;
    case "medium":
      return `moves in the middle${why}`;
    case "high":
      return `moves late${why}`;
  }
};

/** The edge that says most: of the item that binds the most topics. */
function strongest(edges: readonly Edge[]): string {
  const count = new Map<string, number>();
  for (const { item } of edges) count.set(item.name, (count.get(item.name) ?? 0) + 1);
  const most = Math.max(...count.values());
  return edges.find(({ item }) => count.get(item.name) === most)?.says ?? "";
}

export function cutText({ cut, loosened }: Told): string {
  const apart =
    loosened.length === 0
      ? ""
      : `, and ${counted(loosened.length, "edge")} that would bind it to others ${loosened.length === 1 ? "is" : "are"} loosened (${listed(
          loosened.map(({ edge, by }) => `${edge.says}, by ${by}`),
          2,
        )})`;
  const [team] = cut.teams;
  switch (cut.by) {
    case "coupling":
      return `It ends where nothing that reads or writes its topics touches another${apart}.`;
    case "team":
      return `It ends with what ${team ?? "nobody"} owns at this risk: nothing outside is coupled to it${apart}.`;
    case "names":
      return `It ends with the names that begin so, since nobody owns them: nothing outside is coupled to it${apart}.`;
    case "size":
      return `It ends with the limits of a wave: all of ${team ?? "these names"} at this risk would be more, and nothing outside is coupled to it${apart}.`;
  }
}
