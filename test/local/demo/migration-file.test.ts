import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { migrationSchema, type WavePlan } from "#core/migration/migration.ts";
import { clientRightsExceptWrite, clientRightsToWrite } from "#core/rights/client-rights.ts";
import {
  clientsOf,
  type DemoWave,
  declaredRights,
  RETURNS,
  rightsAfterSeal,
  SHOP,
  WAVES,
} from "#local/demo/estate-declaration.ts";
import { migrationFile } from "#local/demo/migration-file.ts";

const example = fileURLToPath(new URL("../../../local/demo/migration.example.json", import.meta.url));
const file = migrationFile({ source: "kafka-old.example.com:9096", target: "kafka-new.example.com:9096" });

/** A wave as a plan of the file makes it. */
const asPlanned = (wave: DemoWave): WavePlan => {
  const { groups = [], clients = [] } = migrationSchema.parse(file).planning ?? {};
  const names = clientsOf(wave);
  return {
    name: wave.name,
    topics: wave.topics.map(({ name }) => name),
    groups: groups.filter(({ id }) => names.includes(id)),
    clients: clients.filter(({ name }) => names.includes(name)),
  };
};

test("the example that the README shows is valid, and what the demo posts", () => {
  const written: unknown = JSON.parse(readFileSync(example, "utf8"));
  migrationSchema.parse(written);
  expect(written).toEqual(file);
});

test.each([
  ["no wave", []],
  ["the shop", [SHOP]],
  ["both waves", [SHOP, RETURNS]],
])(
  "rights expected after the seal of %s: the declared ones, fences, and the clients' own on the target",
  (_, sealed) => {
    const plans = sealed.map((wave) => asPlanned(wave));
    const onSource = declaredRights.source.map(({ type, name, isPrefixed, ...right }) => ({
      resourceType: type as "TOPIC",
      resourceName: name,
      pattern: isPrefixed ? ("PREFIXED" as const) : ("LITERAL" as const),
      host: "*",
      ...right,
      operation: right.operation as "READ" | "WRITE",
    }));
    const granted = plans
      .flatMap((plan) => [...clientRightsExceptWrite(onSource, plan), ...clientRightsToWrite(onSource, plan)])
      .map((entry) => `ALLOW ${entry.principal} ${entry.operation} ${entry.resourceType} ${entry.resourceName}`);
    const declared = declaredRights.target.map((r) => `ALLOW ${r.principal} ${r.operation} ${r.type} ${r.name}`);
    const expected = rightsAfterSeal(sealed);
    expect([...new Set(expected.target)].sort()).toEqual([...new Set([...declared, ...granted])].sort());
    const writers = onSource.filter(
      ({ operation, resourceName }) =>
        operation === "WRITE" && sealed.some((wave) => wave.topics.some((topic) => topic.name === resourceName)),
    );
    expect(expected.source.filter((right) => right.startsWith("DENY")).sort()).toEqual(
      writers.map(({ principal, resourceName }) => `DENY ${principal} WRITE TOPIC ${resourceName}`).sort(),
    );
  },
);

test("a client that reads and writes is declared as one, with its group", () => {
  const kinds = WAVES.flatMap((wave) => asPlanned(wave).clients.map(({ name, kind }) => [name, kind]));
  expect(kinds.filter(([, kind]) => kind === "both")).toEqual([["refunder", "both"]]);
  expect(kinds).toHaveLength(WAVES.flatMap((wave) => wave.producers).length + 6);
});
