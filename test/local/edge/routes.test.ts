import { expect, test } from "vitest";
import type { FunctionEntry } from "#functions/manifest.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import { matchRoute, routesOf } from "#local/edge/http-api/routes.ts";

const entry = (name: string, route: `${"GET" | "POST"} /${string}`): [string, FunctionEntry] => [
  name,
  { name, file: `${name}.ts`, timeoutSeconds: 1, invokedBy: { kind: "http", route } },
];
const routes = routesOf(
  new Map([
    entry("by-parameter", "GET /things/{thing}"),
    entry("by-letters", "GET /things/all"),
    entry("deep", "POST /things/{thing}/parts/{part}"),
  ]),
);

test("the most specific route wins, and parameters are decoded", () => {
  expect(matchRoute(routes, "GET", "/things/all")).toMatchObject({ route: { entry: { name: "by-letters" } } });
  expect(matchRoute(routes, "POST", "/things/a%2Fb/parts/%C3%A9")).toMatchObject({
    route: { entry: { name: "deep" } },
    pathParameters: { thing: "a/b", part: "é" },
  });
});

test("tells a wrong method from an unknown path", () => {
  expect(matchRoute(routes, "POST", "/things/a")).toEqual({ kind: "other-method", allowed: ["GET"] });
  expect(matchRoute(routes, "GET", "/things")).toEqual({ kind: "unknown" });
  expect(matchRoute(routes, "GET", "/things/")).toEqual({ kind: "unknown" });
  expect(matchRoute(routes, "GET", "/things/a/b")).toEqual({ kind: "unknown" });
  expect(matchRoute(routes, "GET", "/things/%")).toEqual({ kind: "malformed" });
});

test("every route of the product leads to its own function", () => {
  const product = routesOf(new Map(FUNCTIONS.map((one) => [one.name, one])));
  expect(product.length).toBeGreaterThan(5);
  for (const route of product) {
    const path = `/${route.segments.map((segment) => segment.replace(/[{}]/g, "")).join("/")}`;
    expect(matchRoute(product, route.method, path)).toMatchObject({ route: { entry: { name: route.entry.name } } });
  }
});
