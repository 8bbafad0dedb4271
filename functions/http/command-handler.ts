import type { WaveRef } from "#core/wave/wave.ts";
import type { CommandAnswer } from "#use-cases/command-wave.ts";
import { isRefused, type Refused } from "#use-cases/refused.ts";
import type { Route } from "../api/contract.ts";
import type { Deployed } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { type HttpHandler, httpHandler } from "./http-handler.ts";

type Command<Body> = { readonly person: string; readonly body: Body };

/** A person's command on one wave: 200 with the state, written or already so; a refusal says why and who could. */
export const commandHandler = <Body = undefined>(
  route: Route<WaveRef, undefined, Body>,
  act: (ref: WaveRef, command: Command<Body>) => Promise<CommandAnswer | Refused>,
  deployed?: Deployed,
): HttpHandler =>
  httpHandler(
    route,
    async (request) => {
      const answer = await act(request.path, request);
      return isRefused(answer) ? answer : ok(answer);
    },
    deployed,
  );
