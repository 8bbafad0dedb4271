/** By code units, the same on every machine, whatever its language. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const keyOf = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind}/${name}`;

export const listed = (names: readonly string[], most = 3): string => {
  const first = names.slice(0, most);
  const more = names.length - first.length;
  if (more > 0) return `${first.join(", ")} and ${more} more`;
  return first.length < 2 ? first.join("") : `${first.slice(0, -1).join(", ")} and ${first.at(-1)}`;
};

export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
