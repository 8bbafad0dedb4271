import * as z from "#core/schema.ts";
import { contract, noPath } from "./contract.ts";

export const readOpenapiContract = contract({
  summary: "This document",
  who: { may: "signed-in" },
  path: noPath,
  answers: { 200: { schema: z.looseObject({ openapi: z.string() }), description: "OpenAPI 3.1" } },
  refusals: [],
  example: { status: 200 },
});
