/** Where what failed for good is kept for two weeks, one queue per way to fail. Each has an alarm on its depth. */
export const QUEUES = [
  /** Events of functions that were invoked without waiting and failed again and again. */
  { name: "failed-events", owner: "platform team", filledBy: "functions" },
  /** Where in the table's stream announcing gave up; the journal itself is in the table. */
  { name: "failed-stream", owner: "platform team", filledBy: "functions" },
  /** Calls of the timers and of deadlines that Scheduler could not make. */
  { name: "failed-schedules", owner: "streaming operations", filledBy: "schedules" },
  /** Changes of alarms that did not reach their function. */
  { name: "failed-alarm-events", owner: "streaming operations", filledBy: "rules" },
  /** Connect workers that ended by themselves or were not well, with reason and exit code. */
  { name: "stopped-workers", owner: "streaming operations", filledBy: "rules" },
] as const;

export type QueueName = (typeof QUEUES)[number]["name"];
