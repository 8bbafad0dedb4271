import type { FunctionEntry } from "#functions/manifest.ts";

export type Route = {
  readonly entry: FunctionEntry;
  readonly method: string;
  /** As API Gateway writes it: "GET /migrations/{migration}". */
  readonly key: string;
  readonly segments: readonly string[];
};

export type Matched =
  | { readonly kind: "route"; readonly route: Route; readonly pathParameters: Readonly<Record<string, string>> }
  | { readonly kind: "other-method"; readonly allowed: readonly string[] }
  | { readonly kind: "unknown" }
  | { readonly kind: "malformed" };

export function routesOf(functions: ReadonlyMap<string, FunctionEntry>): readonly Route[] {
  return [...functions.values()].flatMap((entry) => {
    if (entry.invokedBy.kind !== "http") return [];
    const key = entry.invokedBy.route;
    const [method = "", path = ""] = key.split(" ");
    return [{ entry, method, key, segments: path.split("/").slice(1) }];
  });
}

const PARAMETER = /^\{(\w+)\}$/;

/** A segment in letters goes before a parameter, as with API Gateway: the most specific route wins. */
export function matchRoute(routes: readonly Route[], method: string, path: string): Matched {
  let given: string[];
  try {
    given = path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return { kind: "malformed" };
  }
  const fitting = routes
    .filter((route) => route.segments.length === given.length)
    .filter((route) =>
      route.segments.every((segment, i) => (PARAMETER.test(segment) ? given[i] !== "" : segment === given[i])),
    )
    .sort((a, b) => parametersIn(a) - parametersIn(b));
  const route = fitting.find((candidate) => candidate.method === method);
  if (route === undefined) {
    const allowed = [...new Set(fitting.map((other) => other.method))];
    return allowed.length === 0 ? { kind: "unknown" } : { kind: "other-method", allowed };
  }
  const pathParameters: Record<string, string> = {};
  for (const [i, segment] of route.segments.entries()) {
    const name = PARAMETER.exec(segment)?.[1];
    const value = given[i];
    if (name !== undefined && value !== undefined) pathParameters[name] = value;
  }
  return { kind: "route", route, pathParameters };
}

const parametersIn = (route: Route): number => route.segments.filter((segment) => PARAMETER.test(segment)).length;
