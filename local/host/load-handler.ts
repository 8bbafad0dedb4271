import { pathToFileURL } from "node:url";
import { z } from "zod";

export type LambdaContext = {
  readonly functionName: string;
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
};

export type Handler = (event: unknown, context: LambdaContext) => unknown;

const handlerModule = z.object({ handler: z.custom<Handler>((value) => typeof value === "function") });

/** Named as Lambda names them, so that what matches on them there matches here. */
class HandlerNotLoaded extends Error {
  override readonly name: string;
  constructor(name: "Runtime.ImportModuleError" | "Runtime.HandlerNotFound", message: string, cause?: unknown) {
    super(message, { cause });
    this.name = name;
  }
}

/** `handler` of a file beside the manifest; Node keeps the module, so only the first call loads it. */
export async function loadHandler(manifestPath: string, file: string): Promise<Handler> {
  const url = new URL(file, pathToFileURL(manifestPath));
  let loaded: unknown;
  try {
    loaded = await import(url.href);
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new HandlerNotLoaded("Runtime.ImportModuleError", `Error: ${file} could not be loaded: ${reason}`, cause);
  }
  const parsed = handlerModule.safeParse(loaded);
  if (!parsed.success) throw new HandlerNotLoaded("Runtime.HandlerNotFound", `${file} exports no function "handler"`);
  return parsed.data.handler;
}
