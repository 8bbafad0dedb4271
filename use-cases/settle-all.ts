/**
 * The answers of effects that run side by side. Where one fails the others are waited for before the failure is thrown: an
 * effect that is still under way would come after the compensation, and undo it.
 */
export async function settleAll<const T extends readonly Promise<unknown>[]>(
  effects: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(effects);
  return (await Promise.all(effects)) as { -readonly [K in keyof T]: Awaited<T[K]> };
}
