import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SFNClient } from "@aws-sdk/client-sfn";
import { FUNCTIONS } from "#functions/manifest.ts";
import { httpApi } from "#local/edge/http-api/server.ts";
import { invokeOn } from "#local/edge/invoke-function.ts";
import { invokedFunction, lambdaApi } from "#local/edge/lambda-api.ts";
import { sendReply } from "#local/edge/reply.ts";
import { handlerEnvironment, hostTelemetry } from "#local/home/control-environment.ts";
import { ACCOUNT } from "#local/home/local-account.ts";
import { ensureStateMachines } from "#local/home/resources.ts";
import { seedSecrets } from "#local/home/seed-secrets.ts";
import { closeWithin, listenOnLoopback } from "#local/host/listen.ts";
import { readBody } from "#local/host/read-body.ts";
import { hostServer } from "#local/host/server.ts";
import { type LocalWire, REGION, startLocalWire } from "./local-wire.ts";
import { captureOutput } from "./written-lines.ts";

export type Answered = {
  readonly status: number;
  readonly type: string | null;
  readonly body: Readonly<Record<string, unknown>>;
};

export type LocalApi = {
  readonly wire: LocalWire;
  /** All that handlers, host and edge have written. */
  readonly output: ReturnType<typeof captureOutput>;
  call(token: string | undefined, method: string, path: string, body?: unknown): Promise<Answered>;
  stop(): Promise<void>;
};

/**
 * The local edge's HTTP API before the real handlers, these on a real table and moto, in this process. Tokens are as the edge reads them:
 * to a JWT's subject, or to `{ iam: <ARN> }`. One per test file, since handlers keep their clients.
 */
export const startLocalApi = async (o: {
  readonly tokens: Readonly<Record<string, string | { readonly iam: string }>>;
  readonly secrets: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}): Promise<LocalApi> => {
  // As in the host of one machine, and before the first call of a client, which asks for it once.
  Object.assign(process.env, hostTelemetry);
  const wire = await startLocalWire();
  const output = captureOutput();
  const { directory, motoUrl } = wire;
  const { SLUICE_TABLE: _, SLUICE_TOPIC_ARN: __, ...names } = handlerEnvironment(REGION, directory);
  Object.assign(process.env, names, o.environment);
  const tokensFile = join(directory, "tokens.json");
  await writeFile(tokensFile, JSON.stringify(o.tokens));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const sfn = new SFNClient({ endpoint: motoUrl, region: REGION, credentials });
  await ensureStateMachines(sfn, REGION);
  sfn.destroy();
  await seedSecrets(
    { url: motoUrl, region: REGION, credentials },
    Object.fromEntries(o.secrets.map((name) => [name, { username: name, password: `planted-${name}` }])),
  );
  const functions = new Map(FUNCTIONS.map((entry) => [entry.name, entry]));
  const host = hostServer(functions, fileURLToPath(new URL("../../functions/manifest.ts", import.meta.url)));
  await listenOnLoopback(host, 0);
  const ended = new AbortController();
  const invoke = invokeOn(new URL(urlOf(host.address())), ended.signal);
  // Whom a handler waits for answers it; what it asks for later is taken, and not done here.
  const events = { accept: () => undefined, end: async () => undefined };
  const invoked = lambdaApi({ functions, invoke, events });
  const lambda = createServer((request, response) => {
    readBody(request, 6 * 1024 * 1024)
      .then((body) => invoked(invokedFunction(request.url ?? "") ?? "", request.headers, body))
      .then((reply) => sendReply(response, reply))
      .catch(() => response.destroy());
  });
  await listenOnLoopback(lambda, 0);
  process.env["AWS_ENDPOINT_URL_LAMBDA"] = urlOf(lambda.address());
  const http = httpApi({ functions, invoke, tokensFile, account: ACCOUNT });
  await listenOnLoopback(http, 0);
  const url = urlOf(http.address());
  return {
    wire,
    output,
    async call(token, method, path, body) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return {
        status: response.status,
        type: response.headers.get("content-type"),
        body: (await response.json()) as Record<string, unknown>,
      };
    },
    async stop() {
      ended.abort();
      await Promise.all([http, host, lambda].map((server) => closeWithin(server, 1)));
      output.restore();
      await wire.stop();
    },
  };
};

const urlOf = (address: AddressInfo | string | null): string => {
  if (address === null || typeof address === "string") throw new Error("the server does not listen on a port");
  return `http://127.0.0.1:${address.port}`;
};
