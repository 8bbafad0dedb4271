import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "./cached-folder.ts";
import { layersOf } from "./layers.ts";

const folders = ["core", "use-cases", "adapters", "functions", "state-machines", "stacks", "local", "bench"].filter(
  (folder) => existsSync(join(repositoryRoot, folder)),
);
const { findings, modules } = await layersOf(repositoryRoot, folders);
for (const { rule, from, to } of findings) process.stdout.write(`${rule}: ${from} → ${to}\n`);
let blind = 0;
for (const folder of folders) {
  const files = (await readdir(join(repositoryRoot, folder), { recursive: true })).filter((file) =>
    file.endsWith(".ts"),
  );
  const seen = modules.get(folder) ?? 0;
  // Without a TypeScript that it knows, the checker reads nothing and finds nothing wrong.
  if (seen < files.length) {
    blind += 1;
    process.stdout.write(`${folder}: the checker saw ${seen} of ${files.length} modules\n`);
  }
}
// What no import shows: time, chance and waiting are globals.
const impure = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bcrypto\.|\basync\b|\bawait\b/;
let undecided = 0;
for (const file of await readdir(join(repositoryRoot, "core"), { recursive: true })) {
  if (!file.endsWith(".ts")) continue;
  const lines = (await readFile(join(repositoryRoot, "core", file), "utf8")).split("\n");
  for (const [index, line] of lines.entries()) {
    const found = impure.exec(line.replace(/^\s*(\/\/|\/?\*).*|\/\/ .*$/, ""));
    if (found === null) continue;
    undecided += 1;
    process.stdout.write(`core/${file}:${index + 1}: ${found[0]}: the core decides from what it is given\n`);
  }
}
process.stdout.write(
  `${[...modules].map(([folder, count]) => `${folder} ${count}`).join(", ")} modules; ${findings.length} imports against the layers\n`,
);
process.exitCode = findings.length + blind + undecided === 0 ? 0 : 1;
