/** The guard: stands by every freeze's deadline in a process of its own, whatever becomes of handler host, edge and moto. */
import { setTimeout as sleep } from "node:timers/promises";
import { deps } from "#functions/wire-estate.ts";
import { freeStuckWaves } from "#use-cases/free-stuck-waves.ts";
import { closeWithin, listenOnLoopback } from "../host/listen.ts";
import { logLine, messageOf } from "../host/log-line.ts";
import { handleStrayRejections } from "../host/stray-rejections.ts";
import { guardServer } from "./server.ts";
import { guardSettings } from "./settings.ts";

const LOOK_EVERY_MILLISECONDS = 1_000;
/** What handler, schedule, state and tick have for themselves after a deadline. */
const GRACE_MILLISECONDS = 3_000;
/** The rest of the control plane is kept waiting no longer than this for what was left frozen: the edge may have to start the workers first. */
const FIRST_ACT_MILLISECONDS = 25_000;
const INVOCATION_SECONDS = 25;
const END_GRACE_MILLISECONDS = 10_000;

const settings = guardSettings(process.env);
handleStrayRejections((reason) => logLine({ event: "unhandled-rejection", reason: messageOf(reason) }));
const begun = Date.now();
let isFirstAct = true;
let isEnding = false;
const server = guardServer(settings, () => !isFirstAct || Date.now() - begun > FIRST_ACT_MILLISECONDS);
await listenOnLoopback(server, settings.port);
logLine({ event: "listening", port: settings.port, pid: process.pid });

let lastProblem = "";
const say = (event: string, reason: string): void => {
  if (reason !== lastProblem) logLine({ event, reason });
  lastProblem = reason;
};

async function look(): Promise<void> {
  try {
    const lifted = await freeStuckWaves(deps(), {
      graceMilliseconds: isFirstAct ? 0 : GRACE_MILLISECONDS,
      // Until everything that was left frozen is lifted: afterwards the tick sees lost executions.
      asksEngine: isFirstAct,
      invocationSeconds: INVOCATION_SECONDS,
    });
    for (const { ref, outcome } of lifted) say("lifted", `${ref.migration}/${ref.wave}: ${outcome}`);
    if (lifted.every((one) => !one.isStillFrozen)) isFirstAct = false;
  } catch (error) {
    // The table does not answer: it is waited for.
    say("not-looked", messageOf(error));
  }
}

const watching = (async (): Promise<void> => {
  while (!isEnding) {
    await look();
    await sleep(LOOK_EVERY_MILLISECONDS);
  }
})();

for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.on(signal, () => {
    isEnding = true;
    logLine({ event: "ending", signal });
    void Promise.race([watching, sleep(END_GRACE_MILLISECONDS)])
      .then(() => closeWithin(server, 1))
      .then(() => process.exit(0));
  });
