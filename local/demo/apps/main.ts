import { readFileSync } from "node:fs";
import { startConsumer } from "./consumer.ts";
import { followPositions } from "./position.ts";
import { startProcessor } from "./processor.ts";
import { startProducer } from "./producer.ts";
import type { RunningClient } from "./running-client.ts";
import { appsSettings, type ClientSettings } from "./settings.ts";

/** `node local/demo/apps/main.ts settings.json`: runs the clients of that file until SIGTERM or SIGINT. */
const path = process.argv[2];
if (path === undefined) throw new Error("expected the path of a settings file as the only argument");
const apps = appsSettings.parse(JSON.parse(readFileSync(path, "utf8")));

const start = (settings: ClientSettings): RunningClient => {
  if (settings.kind === "producer") return startProducer(apps, settings);
  return settings.kind === "consumer" ? startConsumer(apps, settings) : startProcessor(apps, settings);
};
const clients = apps.clients.map((settings) => ({ settings, running: start(settings) }));
const positions = followPositions({
  ...apps.ssm,
  parameters: [...new Set(apps.clients.map((client) => client.switch))],
  everyMilliseconds: apps.pollMilliseconds,
  onChange: (parameter, position) => {
    for (const { settings, running } of clients) if (settings.switch === parameter) running.goTo(position);
  },
});

const stop = async (): Promise<void> => {
  await positions.stop();
  await Promise.all(clients.map((client) => client.running.stop()));
};
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());
console.log("running");
