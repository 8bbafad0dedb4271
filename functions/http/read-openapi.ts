import { openapiDocument } from "../api/document.ts";
import { readOpenapiContract } from "../api/openapi.ts";
import { FUNCTIONS } from "../manifest.ts";
import { access } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

/** Made once: nothing in it changes while a deployment stands. */
const document = openapiDocument(FUNCTIONS);

/** The route names no migration, so none is looked up, and the function carries nothing that could. */
export const handler = routeHandler(readOpenapiContract, async () => ok(document), {
  access,
  migration: async () => undefined,
});
