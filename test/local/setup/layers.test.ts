import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { layersOf } from "#local/setup/layers.ts";

/** Rules found broken in a small tree that holds these files. */
async function rulesBrokenBy(files: Record<string, string>): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), "sluice-layers-"));
  try {
    const all: Record<string, string> = {
      "tsconfig.json": `{ "compilerOptions": { "module": "NodeNext", "allowImportingTsExtensions": true, "noEmit": true } }`,
      "package.json": `{ "type": "module", "imports": { "#core/*": "./core/*", "#adapters/*": "./adapters/*", "#local/*": "./local/*" } }`,
      ...files,
    };
    for (const [path, text] of Object.entries(all)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const folders = [...new Set(Object.keys(files).map((path) => path.split("/")[0] ?? ""))];
    const { findings, modules } = await layersOf(root, folders);
    expect([...modules.values()].reduce((sum, count) => sum + count, 0)).toBe(Object.keys(files).length);
    return [...new Set(findings.map((finding) => finding.rule))].toSorted();
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const value = "export const value = 1;";

test("what points the right way is fine", async () => {
  const files = {
    "core/a.ts": value,
    "use-cases/ports/p.ts": value,
    "use-cases/b.ts": `import { value } from "#core/a.ts"; export const b = value;`,
    "adapters/x/c.ts": `import { value } from "../../use-cases/ports/p.ts"; export const c = value;`,
    "functions/wire.ts": `import { c } from "#adapters/x/c.ts"; export const w = c;`,
    "local/home.ts": `import { w } from "../functions/wire.ts"; export const h = w;`,
  };
  expect(await rulesBrokenBy(files)).toEqual([]);
});

test.each([
  ["core-imports-core-only", { "core/a.ts": `import "node:fs"; ${value}` }],
  [
    "core-imports-core-only",
    {
      "core/a.ts": `import type { V } from "#adapters/x/c.ts"; export type W = V;`,
      "adapters/x/c.ts": "export type V = 1;",
    },
  ],
  ["use-cases-import-core-and-ports", { "use-cases/a.ts": `import "#adapters/x/c.ts";`, "adapters/x/c.ts": value }],
  ["zod-by-core-schema-only", { "core/a.ts": `import "zod";` }],
  ["zod-by-core-schema-only", { "functions/http/a.ts": `import type { ZodMiniType } from "zod/mini"; ${value}` }],
  ["adapters-import-ports-and-core", { "adapters/x/a.ts": `import "#adapters/y/c.ts";`, "adapters/y/c.ts": value }],
  ["adapters-import-ports-and-core", { "adapters/x/a.ts": `import "../../use-cases/b.ts";`, "use-cases/b.ts": value }],
  ["only-wire-imports-adapters", { "functions/http/a.ts": `import "#adapters/y/c.ts";`, "adapters/y/c.ts": value }],
  ["product-imports-no-home", { "functions/http/a.ts": `import "#local/c.ts";`, "local/c.ts": value }],
  [
    "checker-shares-no-code",
    { "local/demo/checker/a.ts": `import "../b.ts";`, "local/demo/b.ts": `import "#core/c.ts";`, "core/c.ts": value },
  ],
  ["no-circular", { "core/a.ts": `import "./b.ts";`, "core/b.ts": `import "./a.ts";` }],
  ["resolves", { "core/a.ts": `import "./gone.ts";` }],
])("%s is found when it is broken", async (rule, files) => {
  expect(await rulesBrokenBy(files)).toContain(rule);
});
