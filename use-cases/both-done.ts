/** Waits for both, also when one fails, and then throws the first failure: nothing goes on behind a compensation's back. */
export async function bothDone<A, B>(one: Promise<A>, other: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}
