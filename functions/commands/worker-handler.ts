import type { Context } from "aws-lambda";
import type * as z from "#core/schema.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { CommandAnswer } from "#use-cases/command-wave.ts";
import type { Deps } from "#use-cases/ports/deps.ts";
import { isRefused, type Refused } from "#use-cases/refused.ts";
import type { Route } from "../api/contract.ts";
import { type HttpResponse, ok, toResponse } from "../http/http-answer.ts";
import { parsePart } from "../http/invalid-request.ts";
import { onceByKey } from "../http/once-by-key.ts";
import { faultProblem, isUnexpected, refusalProblem } from "../http/problem.ts";
import { namedIn, observed, tellFault } from "../telemetry.ts";
import { type Order, orderSchema } from "./order.ts";

type Command<Body> = { readonly person: string; readonly body: Body; readonly invocationEndsAt: number };
type Act<Body> = (deps: Deps, ref: WaveRef, command: Command<Body>) => Promise<CommandAnswer | Refused>;
type Worker = (event: unknown, context: Pick<Context, "getRemainingTimeInMillis">) => Promise<HttpResponse>;

/** Does a route's command where Kafka can be reached, and answers as the route would. */
export const workerHandler = <Body>(
  route: Pick<Route<WaveRef, undefined, Body>, "body">,
  depsOf: () => Deps,
  act: Act<Body>,
): Worker =>
  orderHandler(orderSchema, (order, context) => {
    const invocationEndsAt = Date.now() + context.getRemainingTimeInMillis();
    const body = parsePart("the body", route.body, order.body);
    return answered(depsOf(), order, (deps, ref) => act(deps, ref, { person: order.person, body, invocationEndsAt }));
  });

/** Does what a route has handed over; a fault becomes the response that the route would have answered. */
export const orderHandler = <O extends { readonly requestId: string }>(
  schema: z.ZodMiniType<O>,
  act: (order: O, context: Parameters<Worker>[1]) => Promise<HttpResponse>,
): Worker => {
  const about = (event: unknown) => {
    const { data } = schema.safeParse(event);
    return { ...namedIn(event), ...(data !== undefined && { orderedUnder: data.requestId }) };
  };
  // Faults are counted by the function that answers with them.
  return observed({ about, outcome: ({ statusCode }) => ({ status: statusCode }) }, async (event, context) => {
    const order = schema.parse(event);
    try {
      return await act(order, context);
    } catch (fault) {
      const failed = faultProblem(fault, order.requestId);
      if (isUnexpected(failed)) tellFault("doing a command failed", fault);
      return toResponse(failed);
    }
  });
};

async function answered(
  deps: Deps,
  { migration, wave, person, key }: Order,
  act: (deps: Deps, ref: WaveRef) => Promise<CommandAnswer | Refused>,
): Promise<HttpResponse> {
  const ref = { migration, wave };
  const answer = await onceByKey(deps, ref, { person, key }, (keyed) => act(keyed, ref));
  return toResponse(isRefused(answer) ? refusalProblem(answer) : ok(answer));
}
