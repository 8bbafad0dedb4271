/** What of an estate is asked over HTTP: its schema registry and its own Connect workers. */

import * as z from "#core/schema.ts";
import type { Finding } from "./finding.ts";
import { certificates, secretOf } from "./references.ts";

const withSecret = <T extends string>(type: T, holds: string) =>
  z.strictObject({ type: z.literal(type), secret: secretOf(holds) });

const server = {
  url: z
    .string()
    .check(
      z.regex(
        /^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/,
        "expected a URL such as https://registry.example.com:8081, without user, query or fragment; what signs in belongs into the secret of auth",
      ),
    ),
  auth: z.optional(
    z.discriminatedUnion(
      "type",
      [
        z.strictObject({ type: z.literal("none") }),
        withSecret("basic", "{ username, password }"),
        withSecret("bearer", "{ token }"),
        withSecret("mtls", "{ certificate, key }, both PEM, the key in PKCS#8 without a password"),
      ],
      { error: "expected a type of none, basic, bearer or mtls" },
    ),
  ),
  ca: z.optional(certificates),
};

export const httpServersOfCluster = {
  schemaRegistry: z.optional(z.strictObject(server)).check(z.describe("With the API of Confluent's registry")),
  connectClusters: z
    .optional(
      z.array(
        z.strictObject({
          name: z.string().check(z.regex(/^[\w.-]{1,100}$/, "expected 1 to 100 of letters, digits, and _.-")),
          ...server,
        }),
      ),
    )
    .check(z.describe("The estate's own Connect workers, by the REST address of each group")),
};

export type HttpServer = {
  readonly url: string;
  readonly auth?:
    | { readonly type: "none" }
    | { readonly type: "basic" | "bearer" | "mtls"; readonly secret: string }
    | undefined;
  readonly ca?: string | undefined;
};
export type ConnectWorkers = HttpServer & { readonly name: string };
export type HttpServers = {
  readonly schemaRegistry?: HttpServer | undefined;
  readonly connectClusters?: readonly ConnectWorkers[] | undefined;
};

/** TLS that a plain address does not speak, and names used twice. */
export function* httpServerFindings(side: "source" | "target", cluster: HttpServers): Generator<Finding> {
  if (cluster.schemaRegistry !== undefined) yield* tlsFindings(cluster.schemaRegistry, [side, "schemaRegistry"]);
  const names = new Set<string>();
  for (const [c, workers] of (cluster.connectClusters ?? []).entries()) {
    const path = [side, "connectClusters", c];
    yield* tlsFindings(workers, path);
    if (names.has(workers.name))
      yield {
        path: [...path, "name"],
        value: workers.name,
        message: "names a second Connect cluster; names must differ",
      };
    names.add(workers.name);
  }
}

function* tlsFindings({ url, auth, ca }: HttpServer, path: Finding["path"]): Generator<Finding> {
  const needs = auth?.type === "mtls" ? "auth mtls" : ca === undefined ? undefined : "ca";
  if (needs !== undefined && url.startsWith("http:"))
    yield { path: [...path, "url"], value: url, message: `speaks no TLS, which ${needs} is about; expected https://` };
}
