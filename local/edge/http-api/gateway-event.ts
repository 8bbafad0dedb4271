import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type {
  APIGatewayEventRequestContextIAMAuthorizer,
  APIGatewayEventRequestContextJWTAuthorizer,
  APIGatewayEventRequestContextV2WithAuthorizer,
  APIGatewayProxyEventV2WithRequestContext,
} from "aws-lambda";
import type { Route } from "./routes.ts";
import type { Caller } from "./tokens.ts";

type Authorizer = APIGatewayEventRequestContextJWTAuthorizer | APIGatewayEventRequestContextIAMAuthorizer;

const TEXT = /^(?:text\/.*|application\/(?:json|javascript|xml|[\w.-]+\+(?:json|xml)))$/i;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The event of an HTTP API with payload 2.0, and a JWT authorizer, whose only claim is `sub`, or an IAM authorizer. */
export function gatewayEvent(o: {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly route: Route;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly caller: Caller;
  readonly requestId: string;
  readonly account: string;
  readonly now: Date;
}): APIGatewayProxyEventV2WithRequestContext<APIGatewayEventRequestContextV2WithAuthorizer<Authorizer>> {
  const { cookie, ...others } = o.request.headers;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(others)) if (value !== undefined) headers[name] = [value].flat().join(",");
  const url = new URL(o.request.url ?? "/", "http://localhost");
  const query: Record<string, string> = {};
  for (const name of new Set(url.searchParams.keys())) query[name] = url.searchParams.getAll(name).join(",");
  const isText =
    headers["content-encoding"] === undefined &&
    TEXT.test((headers["content-type"] ?? "").split(";")[0]?.trim() ?? "") &&
    isUtf8(o.body);
  const host = headers["host"] ?? "localhost";
  return {
    version: "2.0",
    routeKey: o.route.key,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; */) }),
    headers,
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    ...(Object.keys(o.pathParameters).length === 0 ? {} : { pathParameters: { ...o.pathParameters } }),
    requestContext: {
      accountId: o.account,
      apiId: "local",
      authorizer: authorizer(o.caller),
      domainName: host.split(":")[0] ?? host,
      domainPrefix: "local",
      http: {
        method: o.route.method,
        path: url.pathname,
        protocol: `HTTP/${o.request.httpVersion}`,
        sourceIp: o.request.socket.remoteAddress ?? "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: o.requestId,
      routeKey: o.route.key,
      stage: "$default",
      time: clfTime(o.now),
      timeEpoch: o.now.getTime(),
    },
    ...(o.body.length === 0 ? {} : { body: o.body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: o.body.length > 0 && !isText,
  };
}

function authorizer(caller: Caller): Authorizer {
  if ("subject" in caller)
    return { principalId: "", integrationLatency: 0, jwt: { claims: { sub: caller.subject }, scopes: [] } };
  const { userArn } = caller;
  return {
    iam: {
      accessKey: "LOCAL",
      accountId: /^arn:[^:]*:[^:]*::(\d{12}):/.exec(userArn)?.[1] ?? "",
      callerId: "LOCAL",
      cognitoIdentity: null,
      principalOrgId: "",
      userArn,
      userId: "LOCAL",
    },
  };
}

/** 12/Mar/2020:19:03:58 +0000 */
function clfTime(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const date = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `${date}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}
