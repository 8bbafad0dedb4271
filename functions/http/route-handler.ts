import middy from "@middy/core";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { RetryableFault } from "#core/fault.ts";
import { noMigration } from "#use-cases/read-migration.ts";
import { isRefused, type Refused } from "#use-cases/refused.ts";
import { personIn, unlessPoster, unlessReader } from "#use-cases/who-may.ts";
import type { Route } from "../api/contract.ts";
import { namedIn, observed, tellFault } from "../telemetry.ts";
import type { Deployed } from "../wire.ts";
import { callerOf } from "./caller.ts";
import { type HttpAnswer, type HttpResponse, toResponse } from "./http-answer.ts";
import { parsePart, parseRequest } from "./invalid-request.ts";
import { faultProblem, isUnexpected, refusalProblem } from "./problem.ts";

type Request<Path, Query, Body> = {
  /** The identity that is signed in. */
  readonly caller: string;
  /** Where a role is asked for: the caller's id in the migration of the path; the identity itself where that names no such person. */
  readonly person: string;
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  readonly event: APIGatewayProxyEventV2;
  /** Under which the log tells of it. */
  readonly requestId: string;
};

export type Act<Path, Query, Body> = (request: Request<Path, Query, Body>) => Promise<HttpAnswer | Refused>;

export type HttpHandler = (event: unknown, context: Context) => Promise<HttpResponse>;

const TIME_LEFT_MILLISECONDS = 500;

/**
 * A handler of API Gateway's payload 2.0: caller, path, query and body are parsed, and who may is asked, before `act` is. Refusals
 * and faults are answered as problem+json: 400 with field paths, 401, 403, 404, 409, 422, 503, and 500 with nothing but a request id.
 */
export const routeHandler = <Path, Query = undefined, Body = undefined>(
  route: Route<Path, Query, Body>,
  act: Act<Path, Query, Body>,
  deployed: Deployed,
): HttpHandler => {
  const jsonBody = httpJsonBodyParser();
  const signedIn = (event: unknown): string => callerOf(event, () => deployed.access().ssoRoles);
  const answer = async (event: APIGatewayProxyEventV2, context: Context): Promise<HttpResponse> => {
    const requestId = context.awsRequestId;
    const caller = signedIn(event);
    const path = parseRequest("the path", route.path, event.pathParameters ?? {});
    const barred = await unlessAllowed(route, caller, path, deployed);
    if (barred !== undefined) return toResponse(refusalProblem(barred));
    const query = parsePart("the query", route.query, event.queryStringParameters ?? {});
    const body = parsePart("the body", route.body, event.body);
    const person = route.who.may === "role" ? await personFor(caller, path, deployed) : caller;
    const acted = await act({ caller, person, path, query, body, event, requestId });
    return toResponse(isRefused(acted) ? refusalProblem(acted) : acted);
  };
  const answering = middy<APIGatewayProxyEventV2, HttpResponse>(answer, {
    timeoutEarlyInMillis: TIME_LEFT_MILLISECONDS,
    timeoutEarlyResponse: () => {
      throw new RetryableFault(
        "the answer took too long; what was asked may have happened: ask for the state, or ask again",
      );
    },
  })
    .before((request) => {
      // Strangers learn nothing about how bodies are parsed.
      signedIn(request.event);
      if (route.body === undefined) return;
      if (hasBody(request.event)) jsonBody.before?.(request);
      else Object.assign(request.event, { body: {} });
    })
    .onError((request) => {
      const requestId = request.context.awsRequestId;
      const failed = faultProblem(request.error, requestId);
      if (isUnexpected(failed)) tellFault("answering an HTTP request failed", request.error);
      request.response = toResponse(failed);
    }) as HttpHandler;
  return observed(
    {
      about: routeOf,
      outcome: ({ statusCode }) => ({ status: statusCode }),
      isFault: (r) => FAULTS.includes(r.statusCode),
    },
    answering,
  );
};

const FAULTS: readonly number[] = [500, 503];

/** The path's names and no more of the request: its body and its headers may hold secrets. */
const routeOf = (event: unknown) =>
  typeof event === "object" && event !== null && "pathParameters" in event ? namedIn(event.pathParameters) : {};

/** Why the request is not the caller's to make. Roles are asked for by the use case, which reads the row with the file. */
async function unlessAllowed<Path>(
  { who }: Pick<Route<Path, unknown, unknown>, "who">,
  caller: string,
  path: Path,
  { access, migration }: Deployed,
): Promise<Refused | undefined> {
  if (who.may === "posters") return unlessPoster(access(), caller);
  if (who.may !== "readers") return undefined;
  const name = migrationIn(path);
  const file = await migration(name);
  return file === undefined ? noMigration(name) : unlessReader(access(), file, caller);
}

const personFor = async (caller: string, path: unknown, { migration }: Deployed): Promise<string> => {
  const file = await migration(migrationIn(path));
  return file === undefined ? caller : personIn(file, caller);
};

const migrationIn = (path: unknown): string => {
  if (typeof path === "object" && path !== null && "migration" in path) return String(path.migration);
  throw new TypeError("a route for a migration's people has no {migration} in its path");
};

const hasBody = ({ body }: APIGatewayProxyEventV2): boolean => typeof body === "string" && body.trim() !== "";
