import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { APP, type Place, prefixOf } from "./names.ts";
import { parseSettings, type Settings } from "./settings.ts";

export type Stage = {
  readonly place: Place;
  readonly prefix: string;
  readonly settings: Settings;
  /** Keeps its data, and is not removed by mistake. */
  readonly isProduction: boolean;
  readonly root: string;
};

/** The stage's own settings, and the account and region that the deployer's credentials point at. */
export async function readStage(): Promise<Stage> {
  const stage = $app.stage;
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage))
    throw new Error(`stage ${JSON.stringify(stage)}: expected 1 to 20 of a-z, 0-9 and -, beginning with a letter`);
  const { root } = $cli.paths;
  const file = process.env["SLUICE_STAGE_FILE"] ?? `stacks/stages/${stage}.json`;
  if (!existsSync(join(root, file)))
    throw new Error(
      `${file} is missing: copy stacks/stages/example.json to it and set what it says for ${APP} in your account`,
    );
  const [{ region }, { accountId: account }] = await Promise.all([aws.getRegion(), aws.getCallerIdentity()]);
  return {
    place: { stage, region, account },
    prefix: prefixOf(stage),
    settings: parseSettings(file, readFileSync(join(root, file), "utf8")),
    isProduction: stage === "production",
    root,
  };
}
