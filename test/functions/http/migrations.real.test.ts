import type { Context } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import type { HttpHandler } from "#functions/http/route-handler.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import { migrationFile, waveFile } from "../../in-memory/migration.ts";
import { type LocalWire, startLocalWire } from "../local-wire.ts";

let wire: LocalWire;
beforeAll(async () => {
  wire = await startLocalWire();
  Object.assign(process.env, { SLUICE_POSTERS: "jwt:olga,jwt:omar", SLUICE_SSO_ROLES: "" });
});
afterAll(() => wire?.stop());

const call = async (
  name: string,
  {
    person = "olga",
    path = {},
    query = {},
    body,
  }: { person?: string; path?: object; query?: object; body?: unknown } = {},
) => {
  const file = FUNCTIONS.find((entry) => entry.name === `http-${name}`)?.file;
  const { handler } = (await import(/* @vite-ignore */ `../../../functions/${file}`)) as { handler: HttpHandler };
  const { statusCode, body: answer } = await handler(
    {
      headers: { "content-type": "application/json" },
      requestContext: { authorizer: { jwt: { claims: { sub: person } } } },
      pathParameters: path,
      queryStringParameters: query,
      body: body === undefined ? undefined : JSON.stringify(body),
    },
    { functionName: "http-test", awsRequestId: "request-1" } as Context,
  );
  return { status: statusCode, body: JSON.parse(answer) as unknown };
};

describe("the API on a real table", () => {
  it("posts a migration and reads it, its waves and a journal", async () => {
    const nothing = await call("list-migrations");
    expect(nothing).toEqual({ status: 200, body: { migrations: [] } });
    const posted = await call("post-migration", { body: migrationFile() });
    expect(posted).toMatchObject({
      status: 201,
      body: { outcome: "created", waves: [{ phase: "planned" }, { phase: "planned" }] },
    });
    expect(await call("post-migration", { body: migrationFile() })).toMatchObject({
      status: 200,
      body: { outcome: "unchanged" },
    });
    expect(await call("list-migrations")).toEqual({
      status: 200,
      body: {
        migrations: [
          {
            name: "shop",
            waves: ["payments", "orders"],
            posting: { by: "olga", signedInAs: "jwt:olga", at: expect.any(Number) },
          },
        ],
      },
    });
    expect(await call("read-migration", { path: { migration: "shop" } })).toMatchObject({
      status: 200,
      body: { migration: { name: "shop", policy: { delayLimitSeconds: 5 } }, posting: { by: "olga" } },
    });
    expect(await call("list-waves", { path: { migration: "shop" } })).toMatchObject({
      status: 200,
      body: {
        waves: [
          { wave: "payments", phase: "planned" },
          { wave: "orders", phase: "planned" },
        ],
      },
    });

    const store = dynamoWaveStore(wire.table);
    const row = await store.wave({ migration: "shop", wave: "payments" });
    if (row === undefined) throw new Error("no row");
    await store.write(
      row,
      { ...row, run: 1 },
      [{ event: "WaveStarted", by: "olga", details: { end: 9_007_199_254_740_993n } }],
      Date.now(),
    );
    const path = { migration: "shop", wave: "payments" };
    expect(await call("read-wave", { path })).toMatchObject({ status: 200, body: { run: 1, nextStep: "start" } });
    expect(await call("read-journal", { path, query: { from: "1", limit: "10" } })).toMatchObject({
      status: 200,
      body: { entries: [{ event: "WaveStarted", by: "olga", details: { end: "9007199254740993" } }], brokenAt: null },
    });
    expect(await call("read-journal", { path, query: { limit: "many" } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: "limit", value: "many" }] },
    });

    expect(await call("post-migration", { body: migrationFile({ waves: [waveFile("returns")] }) })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("payments"), cure: expect.any(String) },
    });
  });

  it("refuses who may not and says what is not there", async () => {
    expect(await call("post-migration", { person: "carl", body: migrationFile({ name: "bank" }) })).toMatchObject({
      status: 403,
      body: { who: ["jwt:olga", "jwt:omar"] },
    });
    expect(await call("read-migration", { person: "mallory", path: { migration: "shop" } })).toMatchObject({
      status: 403,
      body: { who: ["olga", "carl", "sara"] },
    });
    expect(await call("list-migrations", { person: "mallory" })).toEqual({ status: 200, body: { migrations: [] } });
    expect(await call("read-migration", { path: { migration: "bank" } })).toMatchObject({ status: 404 });
    expect(await call("list-waves", { path: { migration: "bank" } })).toMatchObject({ status: 404 });
    const path = { migration: "shop", wave: "nothing" };
    expect(await call("read-wave", { path })).toMatchObject({
      status: 404,
      body: { cure: expect.stringContaining("/migrations/shop/waves") },
    });
    expect(await call("read-journal", { path })).toMatchObject({ status: 404 });
  });

  it("of two people who post different content at once, one creates the migration and the other replaces it", async () => {
    const answers = await Promise.all([
      call("post-migration", { person: "olga", body: migrationFile({ name: "race" }) }),
      call("post-migration", {
        person: "omar",
        body: migrationFile({ name: "race", people: [{ id: "omar", roles: ["operator"] }] }),
      }),
    ]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 201]);
  });
});
