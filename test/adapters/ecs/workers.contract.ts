import { expect } from "vitest";
import type { Workers } from "#use-cases/ports/replicator.ts";

/** What all workers must do, in the order of their life; between the parts whoever holds them to it waits until they are ready. */
export const workersContract = {
  "are not there before they are launched": async (workers: Workers): Promise<void> => {
    const status = await workers.status("forward");
    expect(status.isReady).toBe(false);
    expect(!status.isReady && status.reason).toMatch(/./);
    await workers.release("forward");
  },
  "launched again stay as they are": async (workers: Workers): Promise<void> => {
    await workers.launch("forward");
    await workers.launch("forward");
    expect(await workers.status("forward")).toEqual({ isReady: true });
  },
  "are gone when released, however often": async (workers: Workers): Promise<void> => {
    await workers.release("forward");
    await workers.release("forward");
    expect((await workers.status("forward")).isReady).toBe(false);
  },
} as const;
