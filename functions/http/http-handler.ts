import type { Route } from "../api/contract.ts";
import { deployed as thisDeployment } from "../wire.ts";
import { type Act, type HttpHandler, routeHandler } from "./route-handler.ts";

/** A handler of a route of this deployment, which asks the stored migrations who its caller is there. */
export const httpHandler = <Path, Query = undefined, Body = undefined>(
  route: Route<Path, Query, Body>,
  act: Act<Path, Query, Body>,
  deployed = thisDeployment,
): HttpHandler => routeHandler(route, act, deployed);
