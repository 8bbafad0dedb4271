import { FUNCTIONS } from "#functions/manifest.ts";
import type { Functions } from "./functions.ts";
import type { Stage } from "./read-stage.ts";

export type Api = ReturnType<typeof api>;

/**
 * One way in for whoever signs requests with IAM credentials, and, where an issuer of tokens is set, one for people who
 * signed in there: API Gateway lets a route have one kind of authorisation. Both lead to the same functions.
 */
export function api({ settings }: Stage, code: Functions) {
  const { signIn } = settings;
  const signed = httpApi("Api", settings);
  for (const route of routes()) signed.route(route.key, code.named(route.name).arn, { auth: { iam: true } });
  if (signIn === undefined) return { apis: { api: signed }, urls: { api: signed.url } };

  const withToken = httpApi("PeopleApi", settings);
  const authorizer = withToken.addAuthorizer({
    name: "sign-in",
    jwt: { issuer: signIn.issuer, audiences: signIn.audiences },
  });
  for (const route of routes())
    withToken.route(route.key, code.named(route.name).arn, { auth: { jwt: { authorizer: authorizer.id } } });
  return {
    apis: { api: signed, "people-api": withToken },
    urls: { api: signed.url, peopleApi: withToken.url },
  };
}

const routes = () =>
  FUNCTIONS.flatMap(({ name, invokedBy }) => (invokedBy.kind === "http" ? [{ name, key: invokedBy.route }] : []));

const httpApi = (name: string, { throttle }: Stage["settings"]) =>
  new sst.aws.ApiGatewayV2(name, {
    cors: false,
    accessLog: { retention: "3 months" },
    transform: {
      stage: {
        defaultRouteSettings: {
          throttlingRateLimit: throttle.requestsPerSecond,
          throttlingBurstLimit: throttle.burst,
          detailedMetricsEnabled: true,
        },
      },
    },
  });
