import { access } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { readBody } from "../host/read-body.ts";

const callSchema = z.object({ method: z.string(), params: z.tuple([z.record(z.string(), z.unknown())]) });
const buildSchema = z.object({ functionID: z.string(), handler: z.literal("index.handler"), bundle: z.string() });

/** Stands in for the server that SST's command line runs while it evaluates the config: the two calls that components make. */
export async function startCliServer(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<object> => {
      const { method, params } = callSchema.parse(JSON.parse((await readBody(request, 10_000_000)).toString()));
      return { result: await answerOf(method, params[0]) };
    };
    answer()
      .catch((error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }))
      .then((reply) => response.setHeader("content-type", "application/json").end(JSON.stringify(reply)))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answerOf(method: string, input: Readonly<Record<string, unknown>>): Promise<object> {
  if (method === "Provider.Aws.Bootstrap") {
    const region = String(input["region"]);
    return {
      asset: `sst-asset-${region}`,
      state: `sst-state-${region}`,
      assetEcrRegistryId: "",
      assetEcrUrl: "",
      appsyncHttp: "",
      appsyncRealtime: "",
    };
  }
  if (method === "Runtime.Build") {
    const { handler, bundle } = buildSchema.parse(input);
    await access(join(bundle, "index.mjs"));
    return { handler, out: bundle, errors: [], sourcemaps: [] };
  }
  throw new Error(`rpc: can't find method ${method}`);
}
