/** `node stacks/bundles/main.ts FOLDER`: every function's bundle, for a deployment. */
import { resolve } from "node:path";
import { buildBundles } from "./build-bundles.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("a folder is missing: node stacks/bundles/main.ts FOLDER");
await buildBundles(resolve(folder));
