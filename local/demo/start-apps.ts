import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, logSays, startChild } from "../processes/child.ts";
import { type AppsSettingsInput, appsSettings } from "./apps/settings.ts";

const MAIN = fileURLToPath(new URL("apps/main.ts", import.meta.url));

export type AppsOptions = {
  /** Names the process, its settings file and its log. */
  readonly name: string;
  readonly directory: string;
  readonly settings: AppsSettingsInput;
};

/** Starts a process that runs the clients of these settings; it follows their switches from then on. `stop()` ends it in order. */
export const startApps = async ({ name, directory, settings }: AppsOptions): Promise<Child> => {
  appsSettings.parse(settings);
  await mkdir(directory, { recursive: true });
  await mkdir(settings.journal, { recursive: true });
  const file = join(directory, `${name}.json`);
  const logFile = join(directory, `${name}.log`);
  // It holds passwords.
  await writeFile(file, JSON.stringify(settings, null, 2), { mode: 0o600 });
  return startChild({
    name: `application ${name}`,
    command: process.execPath,
    args: ["--no-warnings", "--max-old-space-size=256", MAIN, file],
    environment: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      KAFKAJS_NO_PARTITIONER_WARNING: "1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    },
    logFile,
    isHealthy: async () => logSays(logFile, 0, "running"),
    healthyWithinSeconds: 30,
    stopWithinSeconds: 30,
    ownSession: true,
  });
};
