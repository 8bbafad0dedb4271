import { expect, it } from "vitest";
import type { Subject } from "#core/inventory/schema.ts";
import type { Listings } from "#core/inventory/snapshot.ts";
import { isUnknown } from "#core/inventory/unknown.ts";

const record = (name: string, ...fields: readonly object[]): string => JSON.stringify({ type: "record", name, fields });
const amount = { name: "amount", type: "string" };
const currency = { name: "currency", type: "string", default: "EUR" };

export type Registered = { readonly id: number };

/** Subjects as applications register them: two versions, a reference, other types, a name that a path must encode. */
export async function registerSubjects(url: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const send = async (method: string, path: string, body: object): Promise<Registered> => {
    const response = await fetch(url + path, {
      method,
      headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Registered;
  };
  const ids = new Map<string, readonly number[]>();
  const register = async (subject: string, body: object): Promise<void> => {
    const { id } = await send("POST", `/subjects/${encodeURIComponent(subject)}/versions`, body);
    ids.set(subject, [...(ids.get(subject) ?? []), id]);
  };
  await send("PUT", "/config", { compatibility: "BACKWARD" });
  await register("payments-value", { schema: record("Payment", amount) });
  await register("payments-value", { schema: record("Payment", amount, currency) });
  await register("orders-value", {
    schema: record("Order", { name: "payment", type: "Payment" }),
    references: [{ name: "Payment", subject: "payments-value", version: 1 }],
  });
  await register("till/key 1", { schemaType: "PROTOBUF", schema: 'syntax = "proto3"; message Key { string id = 1; }' });
  await register("clicks-value", {
    schemaType: "JSON",
    schema: JSON.stringify({ $schema: "http://json-schema.org/draft-07/schema#", type: "object" }),
  });
  await send("PUT", "/config/payments-value", { compatibility: "FULL" });
  return ids;
}

/** What a scan finds of them in whatever registry. */
export const registryContract = (found: () => Listings, idsOf: () => ReadonlyMap<string, readonly number[]>): void => {
  const subject = (name: string): Subject => {
    const one = found().subjects.items.find((s) => s.name === name);
    if (one === undefined)
      throw new Error(
        `no subject ${name} among ${found()
          .subjects.items.map((s) => s.name)
          .join(", ")}`,
      );
    return one;
  };

  it("finds every subject with its versions and ids, and nothing missing", () => {
    expect(found().subjects).toMatchObject({ source: "Schema Registry", gaps: [] });
    expect(found().subjects.items.map(({ name }) => name)).toEqual([
      "clicks-value",
      "orders-value",
      "payments-value",
      "till/key 1",
    ]);
    for (const { name, versions } of found().subjects.items) {
      const ids = idsOf().get(name) ?? [];
      expect(ids.length).toBeGreaterThan(0);
      expect(versions).toEqual(ids.map((id, n) => ({ version: n + 1, id })));
    }
  });

  it("finds what kind of schema each is, and what it refers to", () => {
    expect(found().subjects.items.map(({ name, type }) => [name, type])).toEqual([
      ["clicks-value", "JSON"],
      ["orders-value", "AVRO"],
      ["payments-value", "AVRO"],
      ["till/key 1", "PROTOBUF"],
    ]);
    expect(subject("orders-value").references).toEqual([{ subject: "payments-value", version: 1 }]);
    expect(subject("payments-value").references).toEqual([]);
  });

  it("finds the registry's compatibility, and a subject's where it has its own", () => {
    expect(found().registry.items).toMatchObject([{ compatibility: "BACKWARD" }]);
    expect(subject("payments-value").compatibility).toBe("FULL");
    expect(subject("orders-value").compatibility).toBeUndefined();
    expect(found().subjects.items.filter(({ mode }) => isUnknown(mode))).toEqual([]);
  });
};
