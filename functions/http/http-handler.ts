import middy from "@middy/core";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { z } from "zod";
import { RetryableFault } from "#core/fault.ts";
import { isRefused, type Refused } from "#use-cases/refused.ts";
import { logFault } from "../log-fault.ts";
import { type HttpAnswer, type HttpResponse, toResponse } from "./http-answer.ts";
import { InvalidRequest, parseRequest } from "./invalid-request.ts";
import { faultProblem, isUnexpected, NotSignedIn, refusalProblem } from "./problem.ts";

/** Paths of the API's routes, as API Gateway hands them over. */
export const migrationPath = z.object({ migration: z.string().min(1) });
export const wavePath = z.object({ migration: z.string().min(1), wave: z.string().min(1) });
export const noPath = z.object({});

type Route<Path, Query, Body> = {
  readonly path: z.ZodType<Path>;
  readonly query?: z.ZodType<Query>;
  /** Without it a body is not looked at. An absent body is parsed as `{}`. */
  readonly body?: z.ZodType<Body>;
  readonly act: (request: {
    /** Who is signed in: the token's subject, a person's id in the migration file. */
    readonly person: string;
    readonly path: Path;
    readonly query: Query;
    readonly body: Body;
    readonly event: APIGatewayProxyEventV2;
  }) => Promise<HttpAnswer | Refused>;
};

export type HttpHandler = (event: unknown, context: Context) => Promise<HttpResponse>;

const TIME_LEFT_MILLISECONDS = 500;

/**
 * A handler of API Gateway's payload 2.0: identity, path, query and body are parsed before `act` is asked. Refusals and
 * faults are answered as problem+json: 400 with field paths, 401, 403, 404, 409, 422, 503, and 500 with nothing but a request id.
 */
export const httpHandler = <Path, Query = undefined, Body = undefined>(
  route: Route<Path, Query, Body>,
): HttpHandler => {
  const jsonBody = httpJsonBodyParser();
  const answer = async (event: APIGatewayProxyEventV2): Promise<HttpResponse> => {
    const person = signedInPerson(event);
    const acted = await route.act({
      person,
      path: parseRequest("the path", route.path, event.pathParameters ?? {}),
      query: parsed("the query", route.query, event.queryStringParameters ?? {}),
      body: parsed("the body", route.body, event.body),
      event,
    });
    return toResponse(isRefused(acted) ? refusalProblem(acted) : acted);
  };
  return middy<APIGatewayProxyEventV2, HttpResponse>(answer, {
    timeoutEarlyInMillis: TIME_LEFT_MILLISECONDS,
    timeoutEarlyResponse: () => {
      throw new RetryableFault(
        "the answer took too long; what was asked may have happened: ask for the state, or ask again",
      );
    },
  })
    .before((request) => {
      // Strangers learn nothing about how bodies are parsed.
      signedInPerson(request.event);
      if (route.body === undefined) return;
      if (hasBody(request.event)) jsonBody.before?.(request);
      else Object.assign(request.event, { body: {} });
    })
    .onError((request) => {
      const requestId = request.context.awsRequestId;
      const failed = faultProblem(request.error, requestId);
      if (isUnexpected(failed)) logFault("answering an HTTP request", request.error, { requestId });
      request.response = toResponse(failed);
    }) as HttpHandler;
};

const hasBody = ({ body }: APIGatewayProxyEventV2): boolean => typeof body === "string" && body.trim() !== "";

/** A part that the route does not ask for is undefined, which is then its type. */
const parsed = <T>(what: string, schema: z.ZodType<T> | undefined, value: unknown): T =>
  schema === undefined ? (undefined as T) : parseRequest(what, schema, value);

const identitySchema = z.object({
  requestContext: z.object({
    authorizer: z.object({ jwt: z.object({ claims: z.object({ sub: z.string().min(1) }) }) }),
  }),
});

const signedInPerson = (event: unknown): string => {
  const identity = identitySchema.safeParse(event);
  if (identity.success) return identity.data.requestContext.authorizer.jwt.claims.sub;
  throw new NotSignedIn(
    "the request names nobody; expected an Authorization header with a Bearer token of a person of the migration file",
  );
};

/** For what a schema cannot say. */
export const invalid = (path: string, message: string): InvalidRequest =>
  new InvalidRequest("the request has 1 error", [{ path, message }]);
