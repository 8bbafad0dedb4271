import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";

/** A wave that only goes forward, one that goes back twice before, one that is aborted before. */
export const STORIES = ["onward", "back", "aborted"] as const;
export type StoryName = (typeof STORIES)[number];

const place = z.strictObject({
  story: z.enum(STORIES),
  phase: z.string(),
  /** The function that was invoked. */
  by: z.string(),
  point: z.string(),
});
export type Place = z.output<typeof place>;

const FILE = new URL("./places.json", import.meta.url);

/** story → phase → function → points; one without a moment is reached before and after. */
const file = z.record(z.enum(STORIES), z.record(z.string(), z.record(z.string(), z.array(z.string()))));
const MOMENTS = ["/before", "/after"];

/** Where the stories came by on real parts when they were told last with `bench:crash-points -- --record`. */
export const knownPlaces = (): readonly Place[] =>
  Object.entries(file.parse(JSON.parse(readFileSync(FILE, "utf8")))).flatMap(([story, phases]) =>
    Object.entries(phases).flatMap(([phase, functions]) =>
      Object.entries(functions).flatMap(([by, points]) =>
        points
          .flatMap((point) => (hasMoment(point) ? [point] : MOMENTS.map((moment) => `${point}${moment}`)))
          .map((point) => place.parse({ story, phase, by, point })),
      ),
    ),
  );

const hasMoment = (point: string): boolean => MOMENTS.some((moment) => point.endsWith(moment));

/** Of the later stories only what the first does not come by. */
export const keepPlaces = (reached: readonly Place[]): void => {
  const [first] = STORIES;
  const ofFirst = new Set(reached.filter(({ story }) => story === first).map(textOf));
  const places = reached.filter(
    ({ story, ...rest }) => story === first || !ofFirst.has(textOf({ story: first, ...rest })),
  );
  const all = new Set(places.map(textOf));
  const kept: Record<string, Record<string, Record<string, string[]>>> = {};
  for (const { story, phase, by, point } of places.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1))) {
    const points = (((kept[story] ??= {})[phase] ??= {})[by] ??= []);
    const plain = point.slice(0, point.lastIndexOf("/"));
    const isBoth = MOMENTS.every((moment) => all.has(textOf({ story, phase, by, point: `${plain}${moment}` })));
    const text = isBoth ? plain : point;
    if (!points.includes(text)) points.push(text);
  }
  writeFileSync(FILE, `${JSON.stringify(kept, undefined, 2)}\n`);
};

export const textOf = ({ story, phase, by, point }: Place): string => `${story} ${phase} ${by} ${point}`;

/** Those of the stories' waves, each once. */
export const placesReached = (
  reached: readonly { readonly wave: string; readonly phase: string; readonly by: string; readonly point: string }[],
): readonly Place[] => {
  const places = reached.map(({ wave, phase, by, point }) => place.parse({ story: wave, phase, by, point }));
  return [...new Map(places.map((one) => [textOf(one), one])).values()];
};
