import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import { readIfThere } from "../home/read-if-there.ts";
import { writeFileAtomically } from "../home/write-file-atomically.ts";

const parameterName = z.string().min(1).max(1011);
const stored = z.record(z.string(), z.object({ value: z.string(), version: z.number().int(), modifiedAt: z.number() }));
type Stored = z.output<typeof stored>;

const put = z.object({
  Name: parameterName,
  Value: z.string().min(1),
  Type: z.literal("String").optional(),
  Overwrite: z.boolean().optional(),
});
const get = z.object({ Name: parameterName });
const getMany = z.object({ Names: z.array(parameterName).min(1).max(10) });
const getByPath = z.object({ Path: z.string().startsWith("/"), Recursive: z.boolean().optional() });

class Refusal extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/**
 * The part of SSM Parameter Store that clients' switches need, of type String, kept in a file: what was answered with
 * success is still there after any crash, so that no client falls back to a side it was moved from.
 */
export async function parameterStore(file: string): Promise<Server> {
  const text = await readIfThere(file);
  let parameters: Stored = text === undefined ? {} : stored.parse(JSON.parse(text));
  let writing: Promise<unknown> = Promise.resolve();
  const change = <T>(next: (current: Stored) => { parameters: Stored; answer: T }): Promise<T> => {
    const written = writing.then(async () => {
      const changed = next(parameters);
      await writeFileAtomically(file, JSON.stringify(changed.parameters, undefined, 1));
      parameters = changed.parameters;
      return changed.answer;
    });
    writing = written.catch(() => undefined);
    return written;
  };
  const shown = (name: string) => {
    const found = parameters[name];
    if (found === undefined) return undefined;
    return {
      Name: name,
      Type: "String",
      DataType: "text",
      Value: found.value,
      Version: found.version,
      LastModifiedDate: found.modifiedAt,
    };
  };
  const actions: Readonly<Record<string, (input: unknown) => unknown>> = {
    GetParameter: (input) => {
      const { Name } = get.parse(input);
      const Parameter = shown(Name);
      if (Parameter === undefined) throw new Refusal("ParameterNotFound", `Parameter ${Name} not found.`);
      return { Parameter };
    },
    GetParameters: (input) => {
      const { Names } = getMany.parse(input);
      return {
        Parameters: Names.flatMap((name) => shown(name) ?? []),
        InvalidParameters: Names.filter((name) => shown(name) === undefined),
      };
    },
    GetParametersByPath: (input) => {
      const { Path, Recursive } = getByPath.parse(input);
      const below = Path.endsWith("/") ? Path : `${Path}/`;
      const names = Object.keys(parameters).filter(
        (name) => name.startsWith(below) && (Recursive === true || !name.slice(below.length).includes("/")),
      );
      return { Parameters: names.toSorted().map(shown) };
    },
    PutParameter: (input) => {
      const { Name, Value, Type, Overwrite } = put.parse(input);
      return change((current) => {
        const earlier = current[Name];
        // As AWS has it: who only means to change a parameter does not create one that nobody follows.
        if (earlier === undefined && Type === undefined)
          throw new Refusal("ValidationException", "A parameter type is required when you create a parameter.");
        if (earlier !== undefined && Overwrite !== true)
          throw new Refusal("ParameterAlreadyExists", `Parameter ${Name} exists; set Overwrite to change it.`);
        const version = (earlier?.version ?? 0) + 1;
        const next = { value: Value, version, modifiedAt: Date.now() / 1000 };
        return { parameters: { ...current, [Name]: next }, answer: { Version: version, Tier: "Standard" } };
      });
    },
    DeleteParameter: (input) => {
      const { Name } = get.parse(input);
      return change((current) => {
        if (current[Name] === undefined) throw new Refusal("ParameterNotFound", `Parameter ${Name} not found.`);
        const { [Name]: _removed, ...rest } = current;
        return { parameters: rest, answer: {} };
      });
    },
  };
  return createServer((request, response) => {
    answer(actions, request).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const [status, type] =
          error instanceof Refusal
            ? [400, error.type]
            : error instanceof z.ZodError || error instanceof SyntaxError
              ? [400, "ValidationException"]
              : [500, "InternalServerError"];
        const message =
          error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : "";
        send(response, status, { __type: type, message });
      },
    );
  });
}

const BODY_LIMIT_BYTES = 64 * 1024;

async function answer(
  actions: Readonly<Record<string, (input: unknown) => unknown>>,
  request: IncomingMessage,
): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_LIMIT_BYTES) throw new Refusal("ValidationException", `More than ${BODY_LIMIT_BYTES} bytes.`);
    parts.push(part);
  }
  if (request.method === "GET") return { status: "ok" };
  const name = /^AmazonSSM\.(\w+)$/.exec([request.headers["x-amz-target"]].flat()[0] ?? "")?.[1] ?? "";
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined)
    throw new Refusal("UnknownOperationException", `${name}: expected one of ${Object.keys(actions).join(", ")}.`);
  return action(JSON.parse(Buffer.concat(parts).toString("utf8") || "{}"));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
  response.end(JSON.stringify(body));
}
