const MINUTE = 60_000;
/** What is to come as a schedule is created: a time that is past by then would be refused, or never come. */
const AHEAD = 5_000;

/**
 * Scheduler's precision is a minute: it calls at some time within the minute that is named. Set so that it calls before the
 * deadline where there is that much time, and a few seconds from now where there is not; whoever is called sleeps until then.
 */
export const scheduleTime = (deadlineAt: number, now: number): number => {
  const minuteBefore = Math.floor((deadlineAt - MINUTE) / MINUTE) * MINUTE;
  return Math.max(minuteBefore, Math.ceil((now + AHEAD) / 1000) * 1000);
};

/** `at(yyyy-mm-ddThh:mm:ss)`, in UTC. */
export const atExpression = (at: number): string => `at(${new Date(at).toISOString().slice(0, 19)})`;
