import { describe, expect, it } from "vitest";
import { coupledOutside } from "#core/inventory/coupling.ts";
import { migration, waveFile } from "../../in-memory/migration.ts";
import { factsOf } from "./calm-estate.ts";
import { acl, connector, producer, transaction } from "./estates.ts";
import { group, offset, snapshot, topic } from "./snapshots.ts";

const reads = (id: string, topics: readonly string[]) =>
  group(id, { offsets: topics.map((name) => ({ topic: name, partition: 0, offset: offset(1), metadata: "" })) });

const source = snapshot({
  topics: ["orders", "audit"].map((name) => topic(name)),
  groups: [reads("orders-ledger", ["orders"]), reads("crm", ["orders", "audit"])],
  acls: [
    acl({ resourceName: "audit", principal: "User:orders-api" }),
    acl({ resourceName: "orders", principal: "User:batch" }),
  ],
  producers: [producer(1, ["orders", "audit"])],
  transactions: [transaction("tx", 1)],
  connectors: [connector("s3", { reads: ["orders"] })],
});

const stays = (loosened: readonly object[], now = source.endedAt) => {
  const said = loosened.map((one) => ({ by: "olga", until: "2026-12-31", reason: "later", ...one }));
  const file = migration({ waves: [waveFile("orders")], planning: { loosened: said } });
  const [wave] = file.waves;
  if (wave === undefined) throw new Error("the file has no wave");
  const { items } = coupledOutside(factsOf({ migration: file, source }, "orders"), wave, now);
  return items.map(({ kind, name, stays: by }) => [kind, name, by?.by ?? "bound"]);
};

describe("what planning.loosened loosens", () => {
  it("is bound to the wave without it", () => {
    expect(stays([])).toEqual([
      ["group", "crm", "bound"],
      ["client", "User:batch", "bound"],
      ["principal", "User:orders-api", "bound"],
      ["transactional-id", "tx", "bound"],
      ["connector", "http://connect:8083/s3", "bound"],
    ]);
  });

  it("stays for the inventory gate, by topic or altogether, as a client or as its principal", () => {
    expect(
      stays([
        { kind: "group", name: "crm", topic: "orders" },
        { kind: "principal", name: "User:batch" },
        { kind: "client", name: "api", topic: "audit" },
        { kind: "transactional-id", name: "tx", topic: "audit" },
        { kind: "connector", name: "http://connect:8083/s3" },
      ]).map(([, , by]) => by),
    ).toEqual(["olga", "olga", "olga", "olga", "olga"]);
  });

  it("is bound again by any topic that it was not loosened from, and from the day on that it was loosened until", () => {
    expect(stays([{ kind: "group", name: "crm", topic: "audit" }])[0]).toEqual(["group", "crm", "bound"]);
    const all = { kind: "group", name: "crm", until: "2026-01-01" };
    expect(stays([all], Date.UTC(2026, 0, 1, 23))[0]).toEqual(["group", "crm", "olga"]);
    expect(stays([all], Date.UTC(2026, 0, 2))[0]).toEqual(["group", "crm", "bound"]);
  });
});
