import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { CONTRACTS } from "#functions/api/contracts.ts";
import { openapiDocument } from "#functions/api/document.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import { operationsOf } from "./operations.ts";

const document = openapiDocument(FUNCTIONS);
const operations = operationsOf(document);
const routes = FUNCTIONS.flatMap(({ name, invokedBy }) =>
  invokedBy.kind === "http" ? [{ name, route: invokedBy.route }] : [],
);

describe("the OpenAPI document", () => {
  it("is OpenAPI 3.1, says a validator that finds faults", async () => {
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
    const broken = { ...structuredClone(document), paths: { "/migrations": { get: { responses: { 200: {} } } } } };
    expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
  });

  it("has every route of the manifest and no other, each by its function's name", () => {
    expect(routes.length).toBeGreaterThan(10);
    expect(operations.map(({ id, method, path }) => `http-${id} ${method.toUpperCase()} ${path}`).toSorted()).toEqual(
      routes.map(({ name, route }) => `${name} ${route}`).toSorted(),
    );
    expect(Object.keys(CONTRACTS).toSorted()).toEqual(routes.map(({ name }) => name).toSorted());
  });

  it("refuses a route that has no contract, and names it", () => {
    const more = {
      name: "http-read-moon",
      file: "",
      timeoutSeconds: 1,
      invokedBy: { kind: "http", route: "GET /moon" },
    };
    expect(() => openapiDocument([...FUNCTIONS, more as (typeof FUNCTIONS)[number]])).toThrow(
      /GET \/moon.*http-read-moon/,
    );
  });

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "%s has its authorisation, its answers and its problems",
    (_id, { operation }) => {
      expect(operation.security).toEqual([{ iam: [] }, { jwt: [] }]);
      expect(operation.description).toMatch(/\*\*Who\*\*: .+\./);
      const statuses = Object.keys(operation.responses);
      expect(statuses).toEqual(expect.arrayContaining(["400", "401", "422", "500", "503"]));
      expect(statuses.some((status) => status.startsWith("2"))).toBe(true);
      for (const [status, response] of Object.entries(operation.responses)) {
        const type = Number(status) < 300 ? "application/json" : "application/problem+json";
        expect(response.content[type]?.schema.$ref).toMatch(/^#\/components\/schemas\/\w+$/);
      }
      expect(statuses.includes("403")).toBe(operation["x-sluice-who"] !== "signed-in");
      expect(statuses).toContain(String(operation["x-sluice-example-status"]));
    },
  );

  it("names no role that does not exist, and every role that does", () => {
    const roles = operations.flatMap(({ operation }) =>
      typeof operation["x-sluice-who"] === "string" ? [] : operation["x-sluice-who"].roles,
    );
    expect([...new Set(roles)].toSorted()).toEqual(["cutover-approver", "operator", "seal-approver"]);
  });
});
