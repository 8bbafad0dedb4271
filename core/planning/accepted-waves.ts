/**
 * A plan's waves as waves of the migration file: what a person declared of their groups and clients, without what only planning asks.
 * Whoever is no client of the file, such as the reader of an idle group, is nobody to be switched: where one must be, the plan says it is undecided.
 */
import type { Migration, WavePlan } from "#core/migration/migration.ts";
import { clientSchema, groupSchema } from "#core/migration/wave-plan.ts";
import type { Plan, PlannedGroup, PlannedWave } from "./plan.ts";

export type AcceptedWaves = {
  readonly waves: readonly WavePlan[];
  /** Groups that nobody declared. */
  readonly missing: readonly string[];
};

export function acceptedWaves(migration: Migration, { waves }: Pick<Plan, "waves">): AcceptedWaves {
  const missing: string[] = [];
  const made = waves.map((wave): WavePlan => {
    const groups = wave.groups.flatMap((planned) => {
      const group = groupOf(migration, planned);
      if (group === undefined) missing.push(`group ${planned.id} of wave ${wave.name}`);
      return group ?? [];
    });
    const clients = wave.clients.flatMap((name) => clientOf(migration, wave, name) ?? []);
    return { name: wave.name, topics: [...wave.topics], groups, clients };
  });
  return { waves: made, missing };
}

function groupOf(migration: Migration, { id, plan, because }: PlannedGroup): WavePlan["groups"][number] | undefined {
  const declared = [...(migration.planning?.groups ?? []), ...migration.waves.flatMap(({ groups }) => groups)].find(
    (group) => group.id === id,
  );
  if (declared === undefined) return undefined;
  const reason = plan === "exact" ? declared.reason : (declared.reason ?? because);
  const group = { ...only<WavePlan["groups"][number]>(groupSchema, declared), plan };
  return reason === undefined ? group : { ...group, reason };
}

/** Of clients of one name in several waves of the file, that of the wave whose topics move here. */
function clientOf(migration: Migration, wave: PlannedWave, name: string): WavePlan["clients"][number] | undefined {
  const declared = (migration.planning?.clients ?? []).find((client) => client.name === name);
  const written = migration.waves
    .filter(({ topics }) => topics.some((topic) => wave.topics.includes(topic)))
    .flatMap(({ clients }) => clients);
  const found = declared ?? written.find((client) => client.name === name);
  return found && only<WavePlan["clients"][number]>(clientSchema, found);
}

/** Of what planning knows beside, nothing. */
const only = <T>(schema: { readonly shape: object }, declared: T & object): T =>
  Object.fromEntries(Object.entries(declared).filter(([key]) => key in schema.shape)) as T;
