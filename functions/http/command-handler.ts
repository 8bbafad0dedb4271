import type { WaveRef } from "#core/wave/wave.ts";
import type { CommandAnswer } from "#use-cases/command-wave.ts";
import type { Clock } from "#use-cases/ports/clock.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import { isRefused, type Refused } from "#use-cases/refused.ts";
import type { Route } from "../api/contract.ts";
import type { Deployed } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";
import { keyOf } from "./key-of.ts";
import { onceByKey } from "./once-by-key.ts";
import type { HttpHandler } from "./route-handler.ts";

type Command<Body> = { readonly person: string; readonly body: Body };

/**
 * A person's command on one wave: 200 with the state, written or already so; a refusal says why and who could. One with an
 * Idempotency-Key is done once, however often and late it comes.
 */
export const commandHandler = <D extends { readonly store: WaveStore; readonly clock: Clock }, Body = undefined>(
  route: Route<WaveRef, undefined, Body>,
  depsOf: () => D,
  act: (deps: D, ref: WaveRef, command: Command<Body>) => Promise<CommandAnswer | Refused>,
  deployed?: Deployed,
): HttpHandler =>
  httpHandler(
    route,
    async (request) => {
      const { path: ref, person, event } = request;
      const answer = await onceByKey(depsOf(), ref, { person, key: keyOf(event) }, (deps) => act(deps, ref, request));
      return isRefused(answer) ? answer : ok(answer);
    },
    deployed,
  );
