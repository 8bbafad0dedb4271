/**
 * Where the other log goes on behind each record of a tail that has come there, in order. The mirror carries the tail from its
 * beginning on; what else stands there (a late writer's record, a repeat) is passed over.
 */
export function carried(
  tail: readonly string[],
  there: readonly { readonly offset: bigint; readonly identity: string }[],
): readonly bigint[] {
  const behind: bigint[] = [];
  for (const { offset, identity } of there) if (tail[behind.length] === identity) behind.push(offset + 1n);
  return behind;
}
