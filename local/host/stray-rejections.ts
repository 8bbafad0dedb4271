import { AsyncLocalStorage } from "node:async_hooks";

type Rejected = (reason: unknown) => void;

const invocation = new AsyncLocalStorage<Rejected>();

/** Runs `work`; a promise that it left behind and that rejects unheard is told to `onStray`. */
export const attributingRejections = <T>(onStray: Rejected, work: () => T): T => invocation.run(onStray, work);

/**
 * On Lambda a rejection that nobody hears ends the runtime of that one invocation. Here many share a process, so it
 * fails the invocation that it came from and no other.
 */
export function handleStrayRejections(onUnknown: Rejected): void {
  process.on("unhandledRejection", (reason) => (invocation.getStore() ?? onUnknown)(reason));
}
