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

/** story → phase → function → points */
const file = z.record(z.enum(STORIES), z.record(z.string(), z.record(z.string(), z.array(z.string()))));

/** Where the stories came by on real parts when they were told last with `bench:crash-points -- --record`. */
export const knownPlaces = (): readonly Place[] =>
  Object.entries(file.parse(JSON.parse(readFileSync(FILE, "utf8")))).flatMap(([story, phases]) =>
    Object.entries(phases).flatMap(([phase, functions]) =>
      Object.entries(functions).flatMap(([by, points]) =>
        points.map((point) => place.parse({ story, phase, by, point })),
      ),
    ),
  );

export const keepPlaces = (places: readonly Place[]): void => {
  const kept: Record<string, Record<string, Record<string, string[]>>> = {};
  for (const { story, phase, by, point } of places.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1))) {
    const points = (((kept[story] ??= {})[phase] ??= {})[by] ??= []);
    if (!points.includes(point)) points.push(point);
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
