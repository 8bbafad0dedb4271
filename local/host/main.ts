/** The handler host: what the Lambda service is for handlers on one machine, as a process of its own. */
import { closeWithin, listenOnLoopback } from "./listen.ts";
import { loadManifest } from "./load-manifest.ts";
import { logLine, messageOf } from "./log-line.ts";
import { recordCalls } from "./recorded-calls.ts";
import { hostServer } from "./server.ts";
import { hostSettings } from "./settings.ts";
import { handleStrayRejections } from "./stray-rejections.ts";

const LONGEST_GRACE_SECONDS = 20;

const settings = hostSettings(process.env);
if (settings.callsFile !== undefined) recordCalls(settings.callsFile);
if (settings.crashDirectory !== undefined)
  (await import("./die-at-crash-points.ts")).dieAtCrashPoints(settings.crashDirectory);
handleStrayRejections((reason) => logLine({ event: "unhandled-rejection", reason: messageOf(reason) }));
const server = hostServer(await loadManifest(settings.manifestPath), settings.manifestPath);
await listenOnLoopback(server, settings.port);
logLine({ event: "listening", port: settings.port, pid: process.pid });

let isEnding = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    if (isEnding) return;
    isEnding = true;
    logLine({ event: "ending", signal });
    void closeWithin(server, LONGEST_GRACE_SECONDS).then(() => process.exit(0));
  });
}
