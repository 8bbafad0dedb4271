import { hashOf } from "./hash.ts";
import { compare } from "./order-of-names.ts";

const LONGEST = 40;

/** As the file takes a wave's name. */
const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");

/** A few letters that differ where what was cut off differs. */
const marked = (text: string): string => hashOf(text).toString(36).padStart(7, "0").slice(-6);

const withMark = (name: string, key: string): string => {
  const mark = marked(key);
  return `${name.slice(0, LONGEST - mark.length - 1).replace(/-+$/, "") || "wave"}-${mark}`;
};

/** A name by what the wave is, never by its place, so that it stays when others come; the same for two of them gets a mark. */
export function namesOfWaves(
  waves: readonly { readonly key: string; readonly words: readonly string[] }[],
  taken: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const wished = waves.map(({ key, words }) => {
    const name = words.map(slug).filter(Boolean).join("-");
    return { key, name: name === "" || name.length > LONGEST ? withMark(name, key) : name };
  });
  const used = new Map<string, number>();
  for (const { name } of wished) used.set(name, (used.get(name) ?? 0) + 1);
  return new Map(
    wished
      .toSorted((a, b) => compare(a.key, b.key))
      .map(({ key, name }) => [key, used.get(name) === 1 && !taken.has(name) ? name : withMark(name, key)]),
  );
}
