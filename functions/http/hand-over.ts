import type { WaveRef } from "#core/wave/wave.ts";
import { type OperatorsDeed, unlessOperator } from "#use-cases/unless-operator.ts";
import type { Route } from "../api/contract.ts";
import { type Order, responseSchema } from "../commands/order.ts";
import { type CommandWorker, deployedToRead } from "../wire.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { keyOf } from "./key-of.ts";
import { type HttpHandler, routeHandler } from "./route-handler.ts";

/**
 * A command that may reach Kafka: who asks, what, and whether they may is looked at here, outside the VPC and without Kafka's
 * client; a function in the VPC then does it, and its response is this one's.
 */
export const handOver = <Body>(
  route: Route<WaveRef, undefined, Body>,
  deed: OperatorsDeed,
  worker: () => CommandWorker,
  deployed = deployedToRead,
): HttpHandler =>
  routeHandler(
    route,
    async ({ path: ref, person, body, event, requestId }) => {
      const key = keyOf(event);
      const barred = unlessOperator(await deployed.migration(ref.migration), ref, person, deed);
      if (barred !== undefined) return barred;
      const order: Order = { ...ref, person, requestId, body, ...(key !== undefined && { key }) };
      return handedBack(await worker()(`${deed} of wave ${ref.wave}`, order));
    },
    deployed,
  );

/** The worker's response, as the route's own. */
export const handedBack = (response: unknown): HttpAnswer => {
  const { statusCode, headers, body } = responseSchema.parse(response);
  return { status: statusCode, headers, body: JSON.parse(body) };
};
