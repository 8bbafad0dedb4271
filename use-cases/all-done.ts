/** Waits for all, also when one fails, and then throws the first failure: nothing goes on behind a compensation's back. */
export async function allDone<T extends readonly unknown[]>(
  work: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const outcomes = await Promise.allSettled(work);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return Promise.all(work) as Promise<unknown> as Promise<T>;
}
