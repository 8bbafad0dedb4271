import { expect, it } from "vitest";
import { concerns } from "#core/inventory/drift/concerns.ts";
import { driftBetween } from "#core/inventory/drift/drift.ts";
import type { Kind, Kinds } from "#core/inventory/snapshot.ts";
import { migration, waveFile } from "../../in-memory/migration.ts";
import { acl, broker, cluster, connector, notAllowed, subject, transaction } from "./estates.ts";
import { group, snapshot, topic } from "./snapshots.ts";

type Items = { readonly [K in Kind]?: readonly Kinds[K][] };
const waves = migration({ waves: [waveFile("orders")] }).waves;

it.each<[Items, boolean]>([
  [{ topics: [topic("orders")] }, true],
  [{ topics: [topic("other")] }, false],
  [{ groups: [group("orders-ledger")] }, true],
  [{ groups: [group("other")] }, false],
  [{ acls: [acl({ pattern: "PREFIXED", resourceName: "ord" })] }, true],
  [{ acls: [acl({ resourceType: "GROUP", resourceName: "orders-ledger" })] }, true],
  [{ acls: [acl({ resourceType: "CLUSTER", resourceName: "kafka-cluster" })] }, true],
  [{ acls: [acl({ resourceType: "TRANSACTIONAL_ID" })] }, true],
  [{ acls: [acl({ resourceType: "TRANSACTIONAL_ID", principal: "User:x" })] }, false],
  [{ acls: [acl({ resourceName: "other" })] }, false],
  [{ acls: [acl({ resourceType: "USER" })] }, false],
  [{ "scram-users": [{ user: "orders-api", mechanisms: [] }] }, true],
  [{ "scram-users": [{ user: "x", mechanisms: [] }] }, false],
  [{ subjects: [subject("orders-value")] }, true],
  [{ subjects: [subject("other-value")] }, false],
  [{ subjects: [subject("com.acme.Order")] }, true],
  [{ connectors: [connector("c", { reads: ["orders"] })] }, true],
  [{ connectors: [connector("c", { reads: ["/ord.*/"] })] }, true],
  [{ connectors: [connector("c", { reads: notAllowed })] }, true],
  [{ connectors: [connector("c", { reads: ["other"] })] }, false],
  [{ transactions: [transaction("t", 1)] }, true],
  [{ cluster: [cluster()] }, true],
  [{ brokers: [broker(1)] }, true],
])("what a change is about, case %$", (items, isAboutTheWave) => {
  const { changes } = driftBetween(snapshot(), snapshot(items));
  expect(changes).toHaveLength(1);
  for (const wave of waves) for (const change of changes) expect(concerns(change, wave)).toBe(isAboutTheWave);
});
