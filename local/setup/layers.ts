import { createRequire } from "node:module";
import { cruise, type IConfiguration, type ICruiseResult } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";

export type LayerFinding = { readonly rule: string; readonly from: string; readonly to: string };
export type LayerReport = {
  readonly findings: readonly LayerFinding[];
  /** Modules read, by top folder. */
  readonly modules: ReadonlyMap<string, number>;
};

/** Reads the imports below `folders` of `root` and judges them by the repository's rules. */
export async function layersOf(root: string, folders: readonly string[]): Promise<LayerReport> {
  const rules = createRequire(import.meta.url)("../../.dependency-cruiser.cjs") as IConfiguration;
  const { options, ...ruleSet } = rules;
  const { tsConfig: _file, ...cruiseOptions } = options ?? {};
  const { output } = await cruise(
    [...folders],
    { ...cruiseOptions, ruleSet, validate: true, baseDir: root },
    undefined,
    { tsConfig: extractTSConfig(`${root}/tsconfig.json`) },
  );
  if (typeof output === "string") throw new Error("dependency-cruiser answered with text");
  const result: ICruiseResult = output;
  const modules = new Map<string, number>();
  for (const { source } of result.modules) {
    const [folder, ...rest] = source.split("/");
    if (folder !== undefined && rest.length > 0 && folders.includes(folder))
      modules.set(folder, (modules.get(folder) ?? 0) + 1);
  }
  const findings = result.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
  return { findings, modules };
}
