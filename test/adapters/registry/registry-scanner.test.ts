import type { RequestListener } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registryScanner } from "#adapters/registry/registry-scanner.ts";
import { assemble } from "#core/inventory/assemble.ts";
import type { Listings } from "#core/inventory/snapshot.ts";
import { isUnknown } from "#core/inventory/unknown.ts";
import type { HttpServer } from "#core/migration/http-servers.ts";
import { schemaRegistry } from "../../in-memory/schema-registry.ts";
import { heldSecrets } from "../../workers/worker-task.ts";
import { type Served, served } from "../http/served.ts";
import { registerSubjects, registryContract } from "./registry.contract.ts";

const scanned = async (server: HttpServer | undefined): Promise<Listings> => {
  const scanner = registryScanner({ side: "source", server, secrets: heldSecrets({}), timeoutMilliseconds: 5_000 });
  try {
    const pages = await scanner.pages();
    return assemble(await Promise.all(pages.map((page) => scanner.scan(page))), Date.now());
  } finally {
    await scanner.close();
  }
};

const registry = schemaRegistry();
/** What is answered otherwise than the registry would. */
const instead = new Map<string, RequestListener>();
let server: Served;
let ids: ReadonlyMap<string, readonly number[]>;
let found: Listings;
beforeAll(async () => {
  server = await served((request, response) => (instead.get(request.url ?? "") ?? registry)(request, response));
  ids = await registerSubjects(server.url);
  found = await scanned(server);
});
afterAll(() => server.stop());

describe("a schema registry that has modes", () => {
  registryContract(
    () => found,
    () => ids,
  );

  it("tells its mode, and a subject's own", async () => {
    await fetch(`${server.url}/mode/clicks-value`, { method: "PUT", body: JSON.stringify({ mode: "READONLY" }) });
    const { registry: rules, subjects } = await scanned(server);
    expect(rules.items).toEqual([{ url: server.url, compatibility: "BACKWARD", mode: "READWRITE" }]);
    expect(subjects.items.map(({ name, mode }) => [name, mode])).toEqual([
      ["clicks-value", "READONLY"],
      ["orders-value", undefined],
      ["payments-value", undefined],
      ["till/key 1", undefined],
    ]);
  });
});

describe("what a registry does not tell", () => {
  it("is unknown of the one subject that it is about", async () => {
    instead.set("/subjects/orders-value/versions/1", (_request, response) => response.writeHead(500).end("{}"));
    instead.set("/subjects/clicks-value/versions", (_request, response) => response.writeHead(404).end("{}"));
    try {
      const { subjects } = await scanned(server);
      expect(subjects.gaps).toEqual([]);
      expect(subjects.items.map(({ name, versions }) => [name, isUnknown(versions)])).toEqual([
        ["orders-value", true],
        ["payments-value", false],
        ["till/key 1", false],
      ]);
    } finally {
      instead.clear();
    }
  });

  it("is a gap where its subjects cannot be listed", async () => {
    instead.set("/subjects", (_request, response) => response.writeHead(200).end('{"not":"a list"}'));
    try {
      const { subjects, registry: rules } = await scanned(server);
      expect(subjects).toMatchObject({ items: [], gaps: [{ unknown: { why: expect.stringContaining("form") } }] });
      expect(rules.items).toHaveLength(1);
    } finally {
      instead.clear();
    }
  });

  it("is a gap that only a person can close where the file names no registry", async () => {
    const listings = await scanned(undefined);
    expect(listings.registry).toMatchObject({ items: [], gaps: [] });
    for (const kind of ["subjects", "schema-use"] as const)
      expect(listings[kind].gaps).toMatchObject([
        { unknown: { cure: expect.stringMatching(/source\.schemaRegistry, or say in estate\.absent/) } },
      ]);
  });

  it("is asked for in pages of ranges that meet, however many subjects there are", async () => {
    const names = Array.from({ length: 501 }, (_, n) => `s-${String(n).padStart(3, "0")}`);
    const many = await served((request, response) => {
      const path = request.url ?? "";
      const body = path === "/subjects" ? names : /versions$/.test(path) ? [1] : { id: 1, version: 1, schema: "" };
      response.writeHead(/^\/(config|mode)/.test(path) ? 404 : 200).end(JSON.stringify(body));
    });
    const scanner = registryScanner({ side: "source", server: many, secrets: heldSecrets({}) });
    try {
      const pages = (await scanner.pages()).filter(({ part }) => part === "subjects");
      expect(pages).toHaveLength(2);
      const seen: string[] = [];
      for (const page of pages) {
        const { subjects } = await scanner.scan(page);
        seen.push(...(subjects?.items ?? []).map(({ name }) => name));
      }
      expect(seen).toEqual(names);
    } finally {
      await scanner.close();
      await many.stop();
    }
  });
});
