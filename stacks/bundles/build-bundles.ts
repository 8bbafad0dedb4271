/** Each function as one minified file with all that it needs: what is uploaded, tested for its size, and measured cold. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { FUNCTIONS } from "#functions/manifest.ts";
import { LEFT_OUT } from "./left-out.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export type Bundle = {
  readonly name: string;
  /** Holds `index.mjs`, which exports `handler`. */
  readonly folder: string;
  readonly bytes: number;
  /** What is in it, by the path of the module: bytes that are left of it. */
  readonly modules: ReadonlyMap<string, number>;
};

/** Kafka's client does not say that its modules do nothing when they are loaded; its schema registry and tools would stay. */
const WITHOUT_EFFECTS = /^(@platformatic\/kafka|ajv|ajv-draft-04|avsc)$/;
const kafkaInParts: Plugin = {
  name: "kafka-in-parts",
  setup({ onResolve, resolve }) {
    const unused = async (o: Parameters<Parameters<typeof onResolve>[1]>[0]) => {
      if (o.pluginData === kafkaInParts.name) return undefined;
      const { path, ...where } = o;
      return { ...(await resolve(path, { ...where, pluginData: kafkaInParts.name })), sideEffects: false };
    };
    onResolve({ filter: WITHOUT_EFFECTS }, unused);
    onResolve({ filter: /^\./ }, (o) =>
      o.importer.includes("/node_modules/@platformatic/kafka/dist/") ? unused(o) : undefined,
    );
  },
};

const KNOWN_BY_CLASS = /ServiceException$|^TransactionCanceledException$/;
/** Of the SDK's clients: no streaming operation is called, and of its own package.json only the version is told to AWS. The rest is in left-out.ts. */
const sdkInParts: Plugin = {
  name: "sdk-in-parts",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path, namespace: "left-out" } : undefined,
    );
    // The signer of MSK can find credentials by itself, in every way there is; it is always given them.
    onResolve({ filter: /^@aws-sdk\/(client-sts|credential-providers)$/ }, ({ importer, path }) =>
      importer.includes("/node_modules/aws-msk-iam-sasl-signer-js/") ? { path, namespace: "never-asked" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "never-asked" }, () => ({ contents: "module.exports = {};" }));
    onLoad({ filter: /.*/, namespace: "left-out" }, ({ path }) => ({
      contents: `throw new Error("${path} is left out of the bundle: stacks/bundles/build-bundles.ts");`,
    }));
    for (const { module, contents } of LEFT_OUT) onLoad({ filter: module }, () => ({ contents }));
    onLoad(
      { filter: /\/node_modules\/@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/ },
      async ({ path }) => ({
        contents: (await readFile(path, "utf8"))
          .replaceAll(/^\w+\.registerError\(\w+\$, (\w+)\);$/gm, (line, name: string) =>
            KNOWN_BY_CLASS.test(name) ? line : "",
          )
          // A shape whose keys are computed is taken for one that does something: as a call marked pure it goes where nobody asks for it.
          .replaceAll(/^export var ([\w$]+) = (\[[\s\S]*?\]);$/gm, "export var $1 = /* @__PURE__ */ (() => $2)();"),
      }),
    );
    onLoad({ filter: /\/node_modules\/@aws-sdk\/[^/]+\/package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, "utf8")) as { readonly version: string };
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};

/** Serves what the schemas say of their fields. Nothing else asks, and every other bundle has the migration file's schema. */
const TELLS_OF_FIELDS = "http-read-openapi";
/** Of fields: by itself, or through what makes several fields alike. */
const TOLD = /\b(z\.describe|text|secretOf)\((?=\s*["`\w])/g;
/** A check that does nothing else. */
const ONLY_TOLD = /\.check\(\s*z\.describe\(\s*"(?:[^"\\]|\\.)*",?\s*\),?\s*\)/g;
/** `"" && …` is a constant to the minifier: the words go, whatever they are made of. */
const wordless: Plugin = {
  name: "wordless",
  setup({ onLoad }) {
    onLoad({ filter: /\/(core\/(migration|people)|functions\/api)\/[\w-]+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll(ONLY_TOLD, "").replaceAll(TOLD, '$1("" && '),
      loader: "ts",
    }));
  },
};

type Options = BuildOptions & {
  readonly metafile: true;
  readonly entryPoints: { readonly in: string; readonly out: string }[];
  readonly plugins: Plugin[];
};

export const bundleOptions = (outdir: string): Options => ({
  absWorkingDir: root,
  entryPoints: FUNCTIONS.map(({ name, file }) => ({ in: `functions/${file}`, out: `${name}/index` })),
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minify: true,
  platform: "node",
  format: "esm",
  target: "node24",
  mainFields: ["module", "main"],
  legalComments: "none",
  logLevel: "error",
  metafile: true,
  alias: {
    "@aws-sdk/credential-provider-node": "./stacks/bundles/lambda-credentials.ts",
    // The package as its clients name it reads a file beside itself, which a bundle does not have.
    "@platformatic/wasm-utils": "@platformatic/wasm-utils/bundled",
    "@platformatic/wasm-utils/bundled": "@platformatic/wasm-utils/bundled",
  },
  plugins: [kafkaInParts, sdkInParts],
  // Packages of the older kind call `require`, which a module does not have.
  banner: {
    js: 'import{createRequire as bundleRequire}from"node:module";const require=bundleRequire(import.meta.url);',
  },
});

/** Bundles every function of the manifest into `outdir/<name>/index.mjs`. */
export async function buildBundles(outdir: string): Promise<readonly Bundle[]> {
  const { entryPoints, plugins, ...options } = bundleOptions(outdir);
  const told = entryPoints.filter(({ out }) => out === `${TELLS_OF_FIELDS}/index`);
  if (told.length !== 1) throw new Error(`stacks/bundles: no function is named ${TELLS_OF_FIELDS} any more`);
  const [telling, others] = await Promise.all([
    build({ ...options, entryPoints: told, plugins }),
    build({
      ...options,
      entryPoints: entryPoints.filter((one) => !told.includes(one)),
      plugins: [...plugins, wordless],
    }),
  ]);
  const metafile: Metafile = {
    inputs: { ...telling.metafile.inputs, ...others.metafile.inputs },
    outputs: { ...telling.metafile.outputs, ...others.metafile.outputs },
  };
  for (const { module } of LEFT_OUT)
    if (!Object.keys(metafile.inputs).some((path) => module.test(`/${path}`)))
      throw new Error(`stacks/bundles/left-out.ts: no bundle names ${module.source} any more; look whether it moved`);
  return FUNCTIONS.map(({ name }) => bundleOf(metafile, name, `${outdir}/${name}`));
}

function bundleOf({ outputs }: Metafile, name: string, folder: string): Bundle {
  const found = Object.entries(outputs).find(([path]) => path.endsWith(`/${name}/index.mjs`));
  if (found === undefined) throw new Error(`esbuild made no bundle of ${name}`);
  const { bytes, inputs } = found[1];
  const modules = new Map(Object.entries(inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput]));
  return { name, folder, bytes, modules };
}
