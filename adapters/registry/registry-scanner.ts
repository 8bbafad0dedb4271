import { AskedServer } from "#adapters/http/asked-server.ts";
import type { SecretReader } from "#adapters/secrets/secret-reader.ts";
import { isWithin } from "#core/inventory/name-range.ts";
import type { Registry, Subject } from "#core/inventory/schema.ts";
import type { SomeListings } from "#core/inventory/snapshot.ts";
import { isUnknown, type Listing, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { HttpServer } from "#core/migration/http-servers.ts";
import * as z from "#core/schema.ts";
import type { BesideScanner, ScanPage } from "#use-cases/ports/cluster-scanner.ts";
import { readAs } from "./read-as.ts";
import { subjectOf } from "./subject.ts";

type Parts = "registry" | "subjects";
const parts = ["registry", "subjects"] as const;
const source = "Schema Registry";

/** Each takes a few requests, so that a page takes some seconds. */
const subjectsPerPage = 500;

/** What the registry of one side has, by the REST API that Confluent's registry, Apicurio, Karapace and others offer. */
export function registryScanner(o: {
  readonly side: Side;
  /** Undefined: the migration file names none. */
  readonly server: HttpServer | undefined;
  readonly secrets: Pick<SecretReader, "readCredentials" | "readToken" | "readClientCertificate">;
  readonly timeoutMilliseconds?: number;
}): BesideScanner<Parts> {
  const { side, server } = o;
  if (server === undefined)
    return {
      parts,
      pages: async () => [{ part: "registry" }],
      scan: async () => undeclared(side),
      close: async () => undefined,
    };
  const asked = new AskedServer({
    ...o,
    server,
    called: `the schema registry of the ${side}`,
    declaredAt: `${side}.schemaRegistry`,
    source,
  });
  let rules: Promise<Registry> | undefined;
  let names: Promise<OrUnknown<readonly string[]>> | undefined;
  const rulesOf = (): Promise<Registry> => {
    rules ??= rulesIn(asked, server.url);
    return rules;
  };
  const namesOf = (): Promise<OrUnknown<readonly string[]>> => {
    names ??= namesIn(asked);
    return names;
  };
  return {
    parts,
    pages: async () => {
      const found = await namesOf();
      return [{ part: "registry" }, ...(isUnknown(found) ? [{ part: "subjects" } as const] : rangesOf(found))];
    },
    scan: async ({ part, ...range }) => {
      const readAt = Date.now();
      const of = await rulesOf();
      if (part === "registry") return { registry: { source, readAt, items: [of], gaps: [] } };
      const found = await namesOf();
      if (isUnknown(found)) return { subjects: { source, readAt, items: [], gaps: [found] } };
      const subjects = await Promise.all(
        found.filter((name) => isWithin(name, range)).map((name) => subjectOf(asked, of, name)),
      );
      const items = subjects.filter((subject): subject is Subject => subject !== undefined);
      return { subjects: { source, readAt, items, gaps: [] } };
    },
    close: () => asked.close(),
  };
}

async function rulesIn(asked: AskedServer, url: string): Promise<Registry> {
  const [config, mode] = await Promise.all([asked.get("/config"), asked.get("/mode", [404, 405, 501])]);
  return {
    url,
    compatibility: readAs(config, configSchema, ({ compatibilityLevel }) => compatibilityLevel),
    // Apicurio has the address, and says of it that the operation is not supported.
    mode: !isUnknown(mode) && mode.status >= 400 ? undefined : readAs(mode, modeSchema, (answer) => answer.mode),
  };
}

const configSchema = z.object({ compatibilityLevel: z.string() });
const modeSchema = z.object({ mode: z.string() });

const namesIn = async (asked: AskedServer): Promise<OrUnknown<readonly string[]>> =>
  readAs(await asked.get("/subjects"), z.array(z.string()), (all) => [...new Set(all)].toSorted());

const rangesOf = (names: readonly string[]): readonly ScanPage<Parts>[] => {
  const bounds = names.filter((_name, n) => n % subjectsPerPage === subjectsPerPage - 1 && n < names.length - 1);
  return [...bounds, undefined].map((upTo, n) => {
    const after = bounds[n - 1];
    return {
      part: "subjects",
      ...(after === undefined ? {} : { after }),
      ...(upTo === undefined ? {} : { upTo }),
    };
  });
};

/** Nobody could be asked: that there are no schemas only a person can say. */
const undeclared = (side: Side): SomeListings => {
  const readAt = Date.now();
  const nothing = (gap: Unknown): Listing<never> => ({ source: gap.unknown.source, readAt, items: [], gaps: [gap] });
  const cure = `name it as ${side}.schemaRegistry, or say in estate.absent that there are no subjects`;
  return {
    registry: { source: "migration file", readAt, items: [], gaps: [] },
    subjects: nothing(unknown(source, `the migration file names no schema registry of the ${side}`, cure)),
    "schema-use": nothing(
      unknown("sampled records", `records are looked at for schema ids only where the file names a registry`, cure),
    ),
  };
};
