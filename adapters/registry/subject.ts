import type { AskedServer } from "#adapters/http/asked-server.ts";
import type { Registry, Subject } from "#core/inventory/schema.ts";
import { isUnknown, type OrUnknown } from "#core/inventory/unknown.ts";
import * as z from "#core/schema.ts";
import { readAs } from "./read-as.ts";

/** Everything about one subject; undefined where it has been deleted since it was listed. */
export async function subjectOf(asked: AskedServer, registry: Registry, name: string): Promise<Subject | undefined> {
  const path = encodeURIComponent(name);
  const [listed, compatibility, mode] = await Promise.all([
    asked.get(`/subjects/${path}/versions`, [404]),
    ownOf(asked, `/config/${path}`, compatibilitySchema, registry),
    registry.mode === undefined ? undefined : ownOf(asked, `/mode/${path}`, modeSchema, registry),
  ]);
  if (!isUnknown(listed) && listed.status === 404) return undefined;
  const numbers = readAs(listed, z.array(z.int()), (all) => all.toSorted((a, b) => a - b));
  const versions = isUnknown(numbers) ? numbers : await versionsOf(asked, path, numbers);
  const newest = isUnknown(versions) ? versions : versions.at(-1);
  return {
    name,
    versions: isUnknown(versions) ? versions : versions.map(({ version, id }) => ({ version, id })),
    type: isUnknown(newest) ? newest : (newest?.schemaType ?? "AVRO"),
    references: isUnknown(newest)
      ? newest
      : (newest?.references ?? []).map(({ subject, version }) => ({ subject, version })),
    compatibility,
    mode,
  };
}

type Version = z.output<typeof versionSchema>;
const versionSchema = z.object({
  version: z.int(),
  id: z.int(),
  /** Left out for Avro. */
  schemaType: z.optional(z.nullable(z.string())),
  references: z.optional(z.nullable(z.array(z.object({ subject: z.string(), version: z.int() })))),
});

async function versionsOf(
  asked: AskedServer,
  path: string,
  numbers: readonly number[],
): Promise<OrUnknown<readonly Version[]>> {
  const all = await Promise.all(
    numbers.map(async (number) => {
      const answer = await asked.get(`/subjects/${path}/versions/${number}`, [404]);
      if (!isUnknown(answer) && answer.status === 404) return undefined;
      return readAs(answer, versionSchema, (version) => version);
    }),
  );
  const found: Version[] = [];
  for (const version of all) {
    if (isUnknown(version)) return version;
    if (version !== undefined) found.push(version);
  }
  return found;
}

const level = z.object({ compatibilityLevel: z.string() });
const compatibilitySchema = z.pipe(
  level,
  z.transform(({ compatibilityLevel }: z.output<typeof level>) => compatibilityLevel),
);
const modeAnswer = z.object({ mode: z.string() });
const modeSchema = z.pipe(
  modeAnswer,
  z.transform(({ mode }: z.output<typeof modeAnswer>) => mode),
);

/** A subject without one of its own has none (404); Apicurio, which knows no modes either, then says NONE. */
async function ownOf(
  asked: AskedServer,
  path: string,
  schema: z.ZodMiniType<string>,
  registry: Registry,
): Promise<OrUnknown<string | undefined>> {
  const answer = await asked.get(path, [404]);
  if (!isUnknown(answer) && answer.status === 404) return undefined;
  const own = readAs(answer, schema, (value) => value);
  return registry.mode === undefined && own === "NONE" ? undefined : own;
}
