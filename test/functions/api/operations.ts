import { z } from "zod";

const content = z.record(
  z.string(),
  z.object({ schema: z.object({ $ref: z.string().optional() }), example: z.unknown().optional() }),
);
const operationSchema = z.object({
  operationId: z.string(),
  description: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  "x-sluice-who": z.union([z.string(), z.object({ roles: z.array(z.string()) })]),
  "x-sluice-example-status": z.number(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(["path", "query", "header"]),
        example: z.union([z.string(), z.number()]),
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ content })),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

export type Operation = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: z.output<typeof operationSchema>;
};

/** The document's operations, as any reader of OpenAPI would find them. */
export const operationsOf = (document: unknown): readonly Operation[] =>
  Object.entries(documentSchema.parse(document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ id: operation.operationId, method, path, operation })),
  );

/** The request that an operation's examples make. */
export const exampleRequest = ({ method, path, operation }: Operation) => {
  const query = new URLSearchParams();
  let url = path;
  for (const parameter of operation.parameters)
    if (parameter.in === "query") query.set(parameter.name, String(parameter.example));
    else if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(parameter.example));
  return {
    method: method.toUpperCase(),
    url: query.size === 0 ? url : `${url}?${query.toString()}`,
    body: operation.requestBody?.content["application/json"]?.example,
  };
};
