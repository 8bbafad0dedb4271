export type HttpAnswer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** API Gateway's payload 2.0. */
export type HttpResponse = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export const ok = (body: unknown): HttpAnswer => ({ status: 200, body });
export const created = (body: unknown): HttpAnswer => ({ status: 201, body });
export const markdown = (page: string): HttpAnswer => ({
  status: 200,
  body: page,
  headers: { "content-type": "text/markdown; charset=utf-8" },
});
export const accepted = (body: unknown): HttpAnswer => ({ status: 202, body });

export const toResponse = ({ status, body, headers }: HttpAnswer): HttpResponse => ({
  statusCode: status,
  headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  body:
    typeof body === "string" && headers?.["content-type"]?.startsWith("text/") ? body : JSON.stringify(body, asJson),
});

/** Offsets are 64-bit: as JSON numbers most readers would round them. */
const asJson = (key: string, value: unknown): unknown => {
  if (typeof value === "bigint") return value.toString();
  // A Map would be written as {} and look like an answer.
  if (value instanceof Map || value instanceof Set)
    throw new TypeError(`${key} is no JSON; expected lists and objects`);
  return value;
};
