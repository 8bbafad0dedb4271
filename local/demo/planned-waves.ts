import type { ControlPlane } from "../home/start-control-plane.ts";
import type { DemoEstate } from "./demo-estate.ts";
import { type DemoWave, MIGRATION, RETURNS, SHOP } from "./estate-declaration.ts";
import { knowEstate, tellRisks } from "./know-estate.ts";
import { migrationFile } from "./migration-file.ts";
import { planWaves } from "./plan-waves.ts";
import type { Tell } from "./tell.ts";
import { waveApi } from "./wave-api.ts";

/** From the migration file, which names no wave, to the two that a plan of the scanned estate makes: their applications follow them. */
export const plannedWaves = async (o: {
  readonly demo: Pick<DemoEstate, "bootstrapServers">;
  readonly control: Pick<ControlPlane, "url" | "tokens">;
  readonly tell: Tell;
  readonly operator: string;
  readonly approver: string;
}): Promise<readonly [shop: DemoWave, returns: DemoWave]> => {
  const { demo, control, tell, operator } = o;
  const asked = { control, tell, migration: MIGRATION, person: operator };
  const api = waveApi({ ...control, migration: MIGRATION, wave: "", reader: operator });
  await api.postMigration(operator, migrationFile(demo.bootstrapServers));
  tell(
    `${operator} posts the migration file, which leaves its waves to a plan: ${control.url}/migrations/${MIGRATION}`,
  );
  await knowEstate(asked);
  const [shop = SHOP, returns = RETURNS] = await planWaves({ ...o, migration: MIGRATION, waves: [SHOP, RETURNS] });
  await api.postMigration(operator, migrationFile(demo.bootstrapServers, { returns: returns.name }));
  tell(`${operator} posts the file again: an alarm and two waivers name wave ${returns.name} now`);
  await tellRisks({ ...asked, waves: [shop.name, returns.name] });
  return [shop, returns];
};
