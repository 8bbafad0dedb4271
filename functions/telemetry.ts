/** What every function writes of itself: one JSON line per invocation and per fault, and the metrics of `metrics.ts`. */
import { Logger } from "@aws-lambda-powertools/logger";
import type { Context } from "aws-lambda";
import { RetryableFault } from "#core/fault.ts";
import { recordColdStart, recordFunction } from "./metrics.ts";

/** What a line is about. Names, ids, numbers and outcomes only: an event or a header may hold a credential. */
type Told = Readonly<Record<string, string | number | boolean | undefined>>;

const logger = new Logger({ serviceName: "sluice" });

/** From now on until the invocation ends, each of its lines tells this too. */
export const tellAbout = (about: Told): void => logger.appendKeys(about);

export const tell = (message: string, told: Told = {}): void => logger.info(message, told);

/** A fault in its own words and no others: what else hangs on an error may be a request with its credentials. */
export const tellFault = (message: string, fault: unknown, told: Told = {}): void => {
  const { name, message: words, stack } = fault instanceof Error ? fault : new Error(String(fault));
  const line = { ...told, fault: { name, message: words, stack } };
  // What comes again by itself is no error of its own: an alarm counts those that end an invocation.
  if (fault instanceof RetryableFault) logger.warn(message, line);
  else logger.error(message, line);
};

type Invoked<Event, Answer, C> = (event: Event, context: C) => Promise<Answer>;
type Least = Pick<Context, "awsRequestId" | "functionName">;

/** A handler whose every line tells the function, the request, and what `about` finds in the event. */
export const observed =
  <Event, Answer, C>(
    o: {
      readonly about: (event: Event) => Told;
      /** What the last line tells of the answer. */
      readonly outcome: (answer: Answer) => Told;
      /** Whether the answer, which is given all the same, is a failure of ours. */
      readonly isFault?: (answer: Answer) => boolean;
    },
    handler: Invoked<Event, Answer, C>,
  ): Invoked<Event, Answer, C> =>
  async (event, context) => {
    const invocation = context as unknown as Context & Least;
    logger.addContext(invocation);
    logger.appendKeys(o.about(event));
    recordColdStart(invocation.functionName);
    const begun = performance.now();
    const milliseconds = (): number => Math.round(performance.now() - begun);
    try {
      const answer = await handler(event, context);
      if (o.isFault?.(answer) === true) recordFunction(invocation.functionName, { Faults: 1 });
      logger.info("invocation ended", { milliseconds: milliseconds(), ...o.outcome(answer) });
      return answer;
    } catch (fault) {
      recordFunction(invocation.functionName, { Faults: 1 });
      tellFault("invocation failed", fault, { milliseconds: milliseconds() });
      throw fault;
    } finally {
      logger.resetKeys();
    }
  };

/** The wave that an event or a path names; a malformed event is the handler's to refuse. */
export const namedIn = (event: unknown): Told => {
  if (typeof event !== "object" || event === null) return {};
  const { migration, wave } = event as Readonly<Record<string, unknown>>;
  return {
    ...(typeof migration === "string" && { migration }),
    ...(typeof wave === "string" && { wave }),
  };
};
