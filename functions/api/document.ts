/** The OpenAPI document: the manifest's routes, each with its contract, and the very schemas that the handlers parse with. */

import { OperatorFault } from "#core/fault.ts";
import * as z from "#core/schema.ts";
import type { FunctionEntry } from "../manifest.ts";
import { problemSchema } from "./answers.ts";
import type { Contract, Who } from "./contract.ts";
import { CONTRACTS } from "./contracts.ts";

type Json = Readonly<Record<string, unknown>>;
type AnyContract = Contract<unknown, unknown, unknown>;
type Operation = {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly contract: AnyContract;
};

/** Problems that the handlers of every route may answer. */
const ANY_ROUTE = {
  400: "The request is not understood",
  401: "Nobody is signed in",
  422: "A person must change something first",
  500: "Sluice failed",
  503: "Ask again",
};
const OWN: Readonly<Record<number, string>> = {
  404: "There is no such thing",
  409: "Refused as things stand, with why and the cure",
};

/** Every route of these functions; one without a contract is an `OperatorFault` that names it. */
export function openapiDocument(functions: readonly FunctionEntry[]): Json {
  const operations = functions.flatMap(({ name, invokedBy }): Operation[] => {
    if (invokedBy.kind !== "http") return [];
    const contract = CONTRACTS[name];
    const [method = "", path = ""] = invokedBy.route.split(" ");
    if (contract === undefined)
      throw new OperatorFault(`route ${invokedBy.route} has no contract; add ${name} to functions/api/contracts.ts`);
    return [{ name, method: method.toLowerCase(), path, contract }];
  });
  const schemas = componentSchemas(operations);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationObject(operation) };
  return {
    openapi: "3.1.0",
    info: {
      title: "Sluice",
      version: "1",
      summary: "Moves a Kafka estate between clusters in gated waves.",
      description:
        "Who calls is an IAM principal (a request signed with SigV4) or a JWT's subject. Posting is for whom the deployment lets (SLUICE_POSTERS); what else a caller may do is told by the roles that the migration file gives the person whose identity it is. A command whose effect already holds answers 200 with the state.",
    },
    servers: [{ url: "/" }],
    security: SIGNED_IN,
    tags: [{ name: "reading" }, { name: "commands" }],
    paths,
    components: { schemas, securitySchemes: SECURITY_SCHEMES },
  };
}

const SECURITY_SCHEMES = {
  iam: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "AWS Signature Version 4, service execute-api",
    "x-amazon-apigateway-authtype": "awsSigv4",
  },
  jwt: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
};
/** Either of them. */
const SIGNED_IN = [{ iam: [] }, { jwt: [] }];

function operationObject({ name, method, path, contract }: Operation): Json {
  const { who, example } = contract;
  const problems = [
    ...Object.entries(ANY_ROUTE),
    ...(who.may === "signed-in" ? [] : [["403", "The caller may not; `who` names who could"]]),
    ...contract.refusals.map((status) => [String(status), OWN[status] ?? ""]),
  ];
  return {
    operationId: name.replace(/^http-/, ""),
    summary: contract.summary,
    description: [contract.description, `**Who**: ${whoText(who)}.`].filter((text) => text !== undefined).join("\n\n"),
    tags: [method === "get" ? "reading" : "commands"],
    security: SIGNED_IN,
    "x-sluice-who": who.may === "role" ? { roles: who.roles } : who.may,
    ...parametersOf(path, contract),
    ...(contract.body !== undefined && {
      requestBody: {
        required: !contract.body.safeParse({}).success,
        content: {
          "application/json": { schema: reference(bodyId(name)), example: example.body ?? {} },
        },
      },
    }),
    responses: Object.fromEntries([
      ...Object.entries(contract.answers).map(([status, { description, alsoAs }]) => [
        status,
        {
          description,
          content: {
            "application/json": { schema: reference(answerId(name)) },
            ...(alsoAs !== undefined && { [alsoAs]: { schema: { type: "string" } } }),
          },
        },
      ]),
      ...problems.map(([status, description]) => [
        status,
        { description, content: { "application/problem+json": { schema: reference("Problem") } } },
      ]),
    ]),
    "x-sluice-example-status": example.status,
  };
}

export const whoText = (who: Who): string => {
  switch (who.may) {
    case "signed-in":
      return "whoever is signed in";
    case "readers":
      return "the migration's people, and whom the deployment lets read or post (SLUICE_READERS, SLUICE_POSTERS)";
    case "posters":
      return "whom the deployment lets post (SLUICE_POSTERS), whatever the file says";
    case "role":
      return `a person of the migration with role ${who.roles.join(" or ")}`;
  }
};

function parametersOf(path: string, contract: AnyContract): Json {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const fields = propertiesOf(contract.path);
  const queries = Object.entries(contract.query === undefined ? {} : propertiesOf(contract.query));
  const parameters: Json[] = [
    ...inPath.map((name) => ({ name, in: "path", required: true, ...parameter(name, fields[name]) })),
    ...queries.map(([name, schema]) => ({
      name,
      in: "query",
      ...parameter(name, schema, contract.example.query?.[name]),
    })),
  ];
  const headers = Object.entries(contract.headers ?? {}).map(([name, schema]) => {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
    return { name, in: "header", ...parameter(name, json) };
  });
  parameters.push(...headers);
  return parameters.length === 0 ? {} : { parameters };
}

function parameter(name: string, schema: Json | undefined, example?: string): Json {
  if (schema === undefined) throw new OperatorFault(`the route's {${name}} is not in its contract's path`);
  const { description, examples, ...rest } = schema;
  const first = example ?? (Array.isArray(examples) ? examples[0] : undefined);
  return { description, schema: rest, example: first };
}

const propertiesOf = (schema: z.ZodMiniType): Readonly<Record<string, Json>> => {
  const { properties } = z.toJSONSchema(schema, { io: "input" });
  return (properties ?? {}) as Record<string, Json>;
};

const reference = (id: string): Json => ({ $ref: `#/components/schemas/${id}` });
const pascal = (name: string): string =>
  name.replace(/^http-/, "").replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
const bodyId = (name: string): string => `${pascal(name)}Body`;
const answerId = (name: string): string => `${pascal(name)}Answer`;

/** Bodies as they are sent, with what has a default left out; answers as they come, with everything. */
function componentSchemas(operations: readonly Operation[]): Json {
  const bodies = operations.flatMap(({ name, contract }): [string, z.ZodMiniType][] =>
    contract.body === undefined ? [] : [[bodyId(name), contract.body]],
  );
  const answers = operations.flatMap(({ name, contract }): [string, z.ZodMiniType][] =>
    Object.values(contract.answers)
      .slice(0, 1)
      .map(({ schema }) => [answerId(name), schema]),
  );
  return { ...jsonSchemas(bodies, "input"), ...jsonSchemas([...answers, ["Problem", problemSchema]], "output") };
}

/** One that several routes share is written once, under the first one's name. */
function jsonSchemas(named: readonly (readonly [string, z.ZodMiniType])[], io: "input" | "output"): Json {
  const out: Record<string, unknown> = {};
  const first = new Map<z.ZodMiniType, string>();
  for (const [id, schema] of named) {
    const same = first.get(schema);
    if (same !== undefined) out[id] = reference(same);
    else {
      const { $schema: _, ...json } = z.toJSONSchema(schema, { io, target: "draft-2020-12" });
      out[id] = json;
      first.set(schema, id);
    }
  }
  return out;
}
