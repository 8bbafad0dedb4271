import { readFileSync } from "node:fs";
import { startConsumer } from "./consumer.ts";
import { followPositions } from "./position.ts";
import { startProducer } from "./producer.ts";
import { appsSettings } from "./settings.ts";

/** `node local/demo/apps/main.ts settings.json`: runs the clients of that file until SIGTERM or SIGINT. */
const path = process.argv[2];
if (path === undefined) throw new Error("expected the path of a settings file as the only argument");
const apps = appsSettings.parse(JSON.parse(readFileSync(path, "utf8")));

const clients = apps.clients.map((settings) => ({
  settings,
  running: settings.kind === "producer" ? startProducer(apps, settings) : startConsumer(apps, settings),
}));
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
