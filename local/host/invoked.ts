/** Whose invocation the code that runs now belongs to: many share this process. */
import { AsyncLocalStorage } from "node:async_hooks";

export type Invoked = { readonly name: string; readonly event: unknown };

const invocations = new AsyncLocalStorage<Invoked>();

export const asInvocation = <T>(of: Invoked, run: () => T): T => invocations.run(of, run);

/** Undefined outside of any. */
export const invoked = (): Invoked | undefined => invocations.getStore();
