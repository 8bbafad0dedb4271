import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "./cached-folder.ts";
import { layersOf } from "./layers.ts";

const folders = ["core", "use-cases", "adapters", "functions", "state-machines", "local", "bench"].filter((folder) =>
  existsSync(join(repositoryRoot, folder)),
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
process.stdout.write(
  `${[...modules].map(([folder, count]) => `${folder} ${count}`).join(", ")} modules; ${findings.length} imports against the layers\n`,
);
process.exitCode = findings.length + blind === 0 ? 0 : 1;
