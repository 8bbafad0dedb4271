import type { DeadlineSchedule, FreezeRef } from "#use-cases/ports/deadline-schedule.ts";

/** One-shot schedules by freeze; a test calls for itself what they would call. */
export class InMemoryDeadlines {
  readonly at = new Map<string, number>();
  /** Every schedule that was asked for, in order. */
  readonly asked: { readonly freezeId: string; readonly at: number }[] = [];
  /** Told of each that was asked for. */
  onScheduled: ((freeze: FreezeRef, at: number) => void) | undefined;
  /** Thrown instead. */
  fault: Error | undefined;

  readonly port: DeadlineSchedule = {
    schedule: async (freeze, at) => {
      const { freezeId } = freeze;
      if (this.fault !== undefined) throw this.fault;
      this.asked.push({ freezeId, at });
      this.at.set(freezeId, at);
      this.onScheduled?.(freeze, at);
    },
    cancel: async ({ freezeId }) => {
      if (this.fault !== undefined) throw this.fault;
      this.at.delete(freezeId);
    },
  };
}
