import { openapiDocument } from "../api/document.ts";
import { readOpenapiContract } from "../api/openapi.ts";
import { FUNCTIONS } from "../manifest.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

/** Made once: nothing in it changes while a deployment stands. */
const document = openapiDocument(FUNCTIONS);

export const handler = httpHandler(readOpenapiContract, async () => ok(document));
