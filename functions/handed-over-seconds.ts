/** A command that a route hands over: how long its worker may take, how long that is waited for, and who waits. API Gateway waits 30 s. */
export const HANDED_OVER_SECONDS = { worker: 20, wait: 25, route: 28 } as const;
