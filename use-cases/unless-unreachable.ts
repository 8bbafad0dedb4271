import { RetryableFault } from "#core/fault.ts";

/** For `catch`: nothing, where a cluster or a service cannot be asked; any other fault goes on. */
export const unlessUnreachable = (error: unknown): undefined => {
  if (!(error instanceof RetryableFault)) throw error;
};
