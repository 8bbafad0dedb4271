import type { Context } from "aws-lambda";
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
  // Faults are counted by the function that answers with them.
  observed({ about: orderIn, outcome: ({ statusCode }) => ({ status: statusCode }) }, async (event, context) => {
    const order = orderSchema.parse(event);
    const invocationEndsAt = Date.now() + context.getRemainingTimeInMillis();
    try {
      const body = parsePart("the body", route.body, order.body);
      return await answered(depsOf(), order, (deps, ref) =>
        act(deps, ref, { person: order.person, body, invocationEndsAt }),
      );
    } catch (fault) {
      const failed = faultProblem(fault, order.requestId);
      if (isUnexpected(failed)) tellFault("doing a command failed", fault);
      return toResponse(failed);
    }
  });

async function answered(
  deps: Deps,
  { migration, wave, person, key }: Order,
  act: (deps: Deps, ref: WaveRef) => Promise<CommandAnswer | Refused>,
): Promise<HttpResponse> {
  const ref = { migration, wave };
  const answer = await onceByKey(deps, ref, { person, key }, (keyed) => act(keyed, ref));
  return toResponse(isRefused(answer) ? refusalProblem(answer) : ok(answer));
}

const orderIn = (event: unknown) => {
  const { data } = orderSchema.safeParse(event);
  return { ...namedIn(event), ...(data !== undefined && { orderedUnder: data.requestId }) };
};
