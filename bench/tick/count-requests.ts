import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import { protocolAPIsById } from "@platformatic/kafka";

/** What was asked of others while something ran. */
export type Requests = {
  /** By port and operation, such as `dynamodb GetItem WINDOW`, `kafka ListOffsets`, `connect GET status`. */
  readonly byName: ReadonlyMap<string, number>;
  /** Bytes of the bodies that DynamoDB was given to write. */
  readonly writtenBytes: number;
};

const WRITES = /^dynamodb (PutItem|UpdateItem|DeleteItem|TransactWriteItems|BatchWriteItem)\b/;

export const total = ({ byName }: Requests, isMeant: (name: string) => boolean = () => true): number =>
  [...byName].reduce((sum, [name, count]) => sum + (isMeant(name) ? count : 0), 0);

export const isWrite = (name: string): boolean => WRITES.test(name);
export const isOf =
  (port: string) =>
  (name: string): boolean =>
    name.startsWith(`${port} `);

/** Counts every request that this process sends while `run` runs, whatever client sends it. */
export const countRequests = async <T>(
  run: () => Promise<T>,
): Promise<{ readonly value: T; readonly requests: Requests }> => {
  const byName = new Map<string, number>();
  let writtenBytes = 0;
  const count = (name: string): void => void byName.set(name, (byName.get(name) ?? 0) + 1);
  const onKafka = (message: unknown): void => {
    const { apiKey } = message as { readonly apiKey: number };
    count(`kafka ${protocolAPIsById[apiKey] ?? apiKey}`);
  };
  const onHttp = (message: unknown): void => {
    const { request } = message as { readonly request: ClientRequest };
    const service = serviceOf(request);
    if (service === undefined) return;
    const operation = String(request.getHeader("x-amz-target") ?? request.path).replace(/^.*[./]/, "");
    if (service !== "dynamodb") return count(`${service} ${operation}`);
    // The body says which item it is about.
    const end = request.end.bind(request);
    request.end = ((body?: unknown, ...rest: []) => {
      const text = typeof body === "string" || body instanceof Uint8Array ? Buffer.from(body).toString() : "";
      const name = `dynamodb ${operation} ${itemOf(text)}`;
      count(name);
      if (WRITES.test(name)) writtenBytes += text.length;
      return end(body, ...rest);
    }) as typeof request.end;
  };
  const onFetch = (message: unknown): void => {
    const { request } = message as { readonly request: { readonly method: string; readonly path: string } };
    count(`connect ${request.method} ${request.path.replace(/^.*\//, "")}`);
  };
  const listeners = [
    ["tracing:plt:kafka:connections:api:start", onKafka],
    ["http.client.request.created", onHttp],
    ["undici:request:create", onFetch],
  ] as const;
  for (const [channel, listener] of listeners) subscribe(channel, listener);
  try {
    const value = await run();
    return { value, requests: { byName, writtenBytes } };
  } finally {
    for (const [channel, listener] of listeners) unsubscribe(channel, listener);
  }
};

/** The service that a request is signed for. */
const serviceOf = (request: ClientRequest): string | undefined =>
  /\/([a-z0-9-]+)\/aws4_request/.exec(String(request.getHeader("authorization") ?? ""))?.[1];

/** The kind of item, without the names in it: `WINDOW#forward-content` is WINDOW. */
const itemOf = (body: string): string => {
  const sk = /"sk":\{"S":"([^"]*)"\}/.exec(body)?.[1] ?? /":sk":\{"S":"([^"]*)"\}/.exec(body)?.[1] ?? "";
  return /^(MIGRATION|[A-Z]+)\b/.exec(sk)?.[1] ?? "other";
};
