import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readHomeFile } from "#local/home/home-file.ts";
import { adoptChild } from "#local/processes/child.ts";
import { isAlive } from "#local/processes/process-identity.ts";

const main = fileURLToPath(new URL("../../../local/home/main.ts", import.meta.url));
const planted = "planted-password-7731";
let directory: string;
let running: Started | undefined;

type Started = { readonly child: ChildProcess; said(): string; readonly ended: Promise<number | null> };

/** `npm start` without its entry, on clusters that nobody reaches: nothing asks them before a wave is started. */
function start(): Started {
  const child = spawn(
    process.execPath,
    [
      main,
      "--migration",
      join(directory, "shop.yaml"),
      "--secrets",
      join(directory, "secrets.json"),
      "--state",
      join(directory, "state"),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  child.stdout?.on("data", (chunk) => (said += chunk));
  child.stderr?.on("data", (chunk) => (said += chunk));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  running = { child, said: () => said, ended };
  return running;
}

const recorded = () => readHomeFile(join(directory, "state", "home.json"));
const untilReady = (started: Started) =>
  expect
    .poll(() => started.said() + (started.child.exitCode === null ? "" : " ended"), { timeout: 60_000 })
    .toMatch(/Ctrl-C stops|ended/)
    .then(() => started.said());

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-start-"));
  const auth = (secret: string) => ({ type: "scram", mechanism: "SCRAM-SHA-256", secret });
  await writeFile(
    join(directory, "shop.yaml"),
    JSON.stringify({
      name: "shop",
      source: { bootstrapServers: ["127.0.0.1:1"], auth: auth("shop/sluice") },
      target: { bootstrapServers: ["127.0.0.1:1"], auth: auth("shop/sluice") },
      replicator: {
        forward: { principal: "User:forward", auth: auth("shop/sluice") },
        reverse: { principal: "User:reverse", auth: auth("shop/sluice") },
      },
      people: [{ id: "olga", roles: ["operator"] }],
      waves: [{ name: "orders", topics: ["orders"], groups: [], clients: [] }],
    }),
  );
  const secrets = JSON.stringify({ "shop/sluice": { username: "sluice", password: planted } });
  await writeFile(join(directory, "secrets.json"), secrets, { mode: 0o600 });
});

afterEach(async () => {
  running?.child.kill("SIGINT");
  await running?.ended;
  running = undefined;
  const file = await recorded();
  for (const [name, identity] of Object.entries(file?.services ?? {}))
    await (await adoptChild({ name, identity, logFile: "" }))?.stop();
  await rm(directory, { recursive: true, force: true });
});

test("a killed supervisor's processes are taken over; Ctrl-C ends all; no password is left on disk", async () => {
  const first = start();
  const said = await untilReady(first);
  const [, url = "", token = ""] = /runs at (\S+),[\s\S]*OLGA=(\S+)/.exec(said) ?? [];
  const waves = () => fetch(`${url}/migrations/shop/waves`, { headers: { authorization: `Bearer ${token}` } });
  expect(await (await waves()).json()).toMatchObject({ waves: [{ wave: "orders", phase: "planned" }] });

  first.child.kill("SIGKILL");
  await first.ended;
  const left = await recorded();
  expect((await waves()).status).toBe(200);

  const second = start();
  expect(await untilReady(second)).toContain(`runs at ${url},`);
  const taken = await recorded();
  expect(taken?.services).toEqual(left?.services);
  expect(taken?.supervisor).not.toEqual(left?.supervisor);

  second.child.kill("SIGINT");
  expect(await second.ended).toBe(0);
  expect(second.said()).toContain("stopped; start again with the same command to go on");
  for (const service of Object.values(taken?.services ?? {})) expect(await isAlive(service)).toBe(false);
  await expect(waves()).rejects.toThrow(/fetch failed/);

  const state = join(directory, "state");
  const files = (await readdir(state, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(5);
  for (const file of files)
    expect(`${file.name}: ${await readFile(join(file.parentPath, file.name), "latin1")}`).not.toContain(planted);
  expect(second.said()).not.toContain(planted);
});

test("a second start on the same directory is refused in one sentence, and the first runs on", async () => {
  const first = start();
  await untilReady(first);
  const second = start();
  expect(await second.ended).toBe(1);
  expect(second.said().trim()).toMatch(/^\S+ is in use by the control plane of process \d+; stop that one, or name/);
  expect(first.child.exitCode).toBeNull();
  running = first;
});
