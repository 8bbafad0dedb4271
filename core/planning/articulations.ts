/** A node without which its graph falls apart. */
export type Articulation = {
  readonly node: string;
  /** Weights of the parts that come off, and of what remains beside them. */
  readonly parts: readonly number[];
};

type Frame = { readonly node: string; readonly parent: string | undefined; next: number };

/** Of a connected graph, in one walk (Tarjan), since an estate has thousands of nodes and each could be the one. */
export function articulationsOf(
  neighbours: ReadonlyMap<string, readonly string[]>,
  weightOf: (node: string) => number,
): readonly Articulation[] {
  const found: Articulation[] = [];
  const seenAt = new Map<string, number>();
  const reaches = new Map<string, number>();
  const weight = new Map<string, number>();
  const comeOff = new Map<string, number[]>();
  let total = 0;
  for (const node of neighbours.keys()) total += weightOf(node);
  const [start] = neighbours.keys();
  if (start === undefined) return found;
  const enter = (node: string, parent: string | undefined): Frame => {
    seenAt.set(node, seenAt.size);
    reaches.set(node, seenAt.size - 1);
    weight.set(node, weightOf(node));
    return { node, parent, next: 0 };
  };
  // No recursion: a chain of topics may be longer than a stack is deep.
  const stack = [enter(start, undefined)];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const { node, parent } = frame;
    const other = neighbours.get(node)?.[frame.next++];
    if (other === undefined) {
      stack.pop();
      if (parent === undefined) continue;
      const reached = reaches.get(node) ?? 0;
      reaches.set(parent, Math.min(reaches.get(parent) ?? 0, reached));
      const own = weight.get(node) ?? 0;
      weight.set(parent, (weight.get(parent) ?? 0) + own);
      if (reached >= (seenAt.get(parent) ?? 0)) comeOff.set(parent, [...(comeOff.get(parent) ?? []), own]);
    } else if (!seenAt.has(other)) stack.push(enter(other, node));
    else if (other !== parent) reaches.set(node, Math.min(reaches.get(node) ?? 0, seenAt.get(other) ?? 0));
  }
  for (const [node, parts] of comeOff) {
    const rest = total - weightOf(node) - parts.reduce((sum, part) => sum + part, 0);
    const all = rest > 0 ? [...parts, rest] : parts;
    if (all.length > 1) found.push({ node, parts: all });
  }
  return found;
}
