import type { IncomingMessage, RequestListener } from "node:http";
import * as z from "zod";

type Version = {
  readonly id: number;
  readonly version: number;
  readonly schemaType?: string | undefined;
  readonly schema: string;
  readonly references?: unknown;
};
type Answer = readonly [status: number, body: unknown];

/** Answers as Confluent's registry does, as far as the scanner and its tests ask: with modes, and 404 where a subject has no rule of its own. */
export function schemaRegistry(): RequestListener {
  const subjects = new Map<string, Version[]>();
  const rules = new Map([
    ["/config", { compatibilityLevel: "BACKWARD" } as object],
    ["/mode", { mode: "READWRITE" }],
  ]);
  let ids = 0;

  const register = (name: string, text: string): Answer => {
    const body = registering.parse(JSON.parse(text));
    const versions = subjects.get(name) ?? [];
    subjects.set(name, versions);
    versions.push({ id: ++ids, version: versions.length + 1, ...body });
    return [200, { id: ids }];
  };
  const answer = (method: string, path: string, text: string): Answer => {
    const [kind = "", subject, , version] = path.slice(1).split("/").map(decodeURIComponent);
    if (kind === "config" || kind === "mode") {
      if (method === "PUT") {
        const { compatibility, mode } = ruling.parse(JSON.parse(text));
        rules.set(path, kind === "mode" ? { mode } : { compatibilityLevel: compatibility });
      }
      const rule = rules.get(path);
      return rule === undefined ? notFound(kind === "mode" ? 40409 : 40408) : [200, rule];
    }
    if (kind !== "subjects") return notFound(404);
    if (subject === undefined) return [200, [...subjects.keys()]];
    if (method === "POST") return register(subject, text);
    const versions = subjects.get(subject);
    if (versions === undefined) return notFound(40401);
    if (version === undefined) return [200, versions.map((v) => v.version)];
    const one = versions.find((v) => String(v.version) === version);
    return one === undefined ? notFound(40402) : [200, { subject, ...one }];
  };
  return (request, response) => {
    void textOf(request).then((text) => {
      const [status, body] = answer(request.method ?? "", request.url ?? "", text);
      response.writeHead(status, { "content-type": "application/vnd.schemaregistry.v1+json" });
      response.end(JSON.stringify(body));
    });
  };
}

const registering = z.object({
  schema: z.string(),
  schemaType: z.string().optional(),
  references: z.array(z.unknown()).optional(),
});
const ruling = z.object({ compatibility: z.string().optional(), mode: z.string().optional() });
const notFound = (code: number): Answer => [404, { error_code: code, message: "not found" }];

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
};
