import type { z } from "zod";
import type { WaveRef } from "#core/wave/wave.ts";
import type { CommandAnswer } from "#use-cases/command-wave.ts";
import { isRefused, type Refused } from "#use-cases/refused.ts";
import { ok } from "./http-answer.ts";
import { type HttpHandler, httpHandler, wavePath } from "./http-handler.ts";

type Command<Body> = { readonly person: string; readonly body: Body };

/** A person's command on one wave: 200 with the state, written or already so; a refusal says why and who could. */
export const commandHandler = <Body = undefined>(
  act: (ref: WaveRef, command: Command<Body>) => Promise<CommandAnswer | Refused>,
  body?: z.ZodType<Body>,
): HttpHandler =>
  httpHandler<WaveRef, undefined, Body>({
    path: wavePath,
    ...(body !== undefined && { body }),
    act: async (request) => {
      const answer = await act(request.path, request);
      return isRefused(answer) ? answer : ok(answer);
    },
  });
