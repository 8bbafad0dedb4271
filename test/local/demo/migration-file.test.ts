import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { migrationSchema } from "#core/migration/migration.ts";
import { clientRightsExceptWrite, clientRightsToWrite } from "#core/rights/client-rights.ts";
import { declaredRights, PRODUCERS, rightsAfterSeal, WAVE } from "#local/demo/estate-declaration.ts";
import { migrationFile } from "#local/demo/migration-file.ts";

const example = fileURLToPath(new URL("../../../local/demo/migration.example.json", import.meta.url));
const file = migrationFile({ source: "kafka-old.example.com:9096", target: "kafka-new.example.com:9096" });

test("the example that the README shows is valid, and what the demo posts", () => {
  const written: unknown = JSON.parse(readFileSync(example, "utf8"));
  migrationSchema.parse(written);
  expect(written).toEqual(file);
});

test("rights expected after the seal: the declared ones, a fence per producer, and the clients' own on the target", () => {
  const plan = migrationSchema.parse(file).waves.find((wave) => wave.name === WAVE);
  if (plan === undefined) throw new Error("no wave");
  const onSource = declaredRights.source.map(({ type, name, isPrefixed, ...right }) => ({
    resourceType: type as "TOPIC",
    resourceName: name,
    pattern: isPrefixed ? ("PREFIXED" as const) : ("LITERAL" as const),
    host: "*",
    ...right,
    operation: right.operation as "READ",
  }));
  const granted = [...clientRightsExceptWrite(onSource, plan), ...clientRightsToWrite(onSource, plan)].map(
    (entry) => `ALLOW ${entry.principal} ${entry.operation} ${entry.resourceType} ${entry.resourceName}`,
  );
  const declared = declaredRights.target.map((r) => `ALLOW ${r.principal} ${r.operation} ${r.type} ${r.name}`);
  expect([...rightsAfterSeal.target].sort()).toEqual([...new Set([...declared, ...granted])].sort());
  expect(rightsAfterSeal.source.filter((right) => right.startsWith("DENY"))).toHaveLength(PRODUCERS.length);
});
