import type { Context } from "aws-lambda";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { migrationSchema } from "#core/migration/migration.ts";
import { noPath, type Route, wavePath } from "#functions/api/contract.ts";
import { ok } from "#functions/http/http-answer.ts";
import { httpHandler } from "#functions/http/http-handler.ts";
import type { Deployed } from "#functions/wire.ts";
import { refused } from "#use-cases/refused.ts";
import { migrationFile, migration as migrationOf } from "../../in-memory/migration.ts";

const context = (remainingMilliseconds = 20_000): Context =>
  ({
    functionName: "http-test",
    awsRequestId: "request-1",
    getRemainingTimeInMillis: () => remainingMilliseconds,
  }) as unknown as Context;
const event = (more: Readonly<Record<string, unknown>> = {}) => ({
  version: "2.0",
  headers: { "content-type": "application/json" },
  requestContext: { requestId: "r", authorizer: { jwt: { claims: { sub: "olga" }, scopes: [] } } },
  isBase64Encoded: false,
  ...more,
});
const answered = async (handler: ReturnType<typeof httpHandler>, request: unknown, given = context()) => {
  const { statusCode, headers, body } = await handler(request, given);
  return {
    status: statusCode,
    type: headers["content-type"],
    headers,
    body: JSON.parse(body) as Record<string, unknown>,
    text: body,
  };
};
const deployed: Deployed = {
  access: () => ({ posters: ["jwt:olga"], readers: ["jwt:ada"], ssoRoles: new Set() }),
  migration: async (name) => (name === "shop" ? migrationOf() : undefined),
};
const anybody = { who: { may: "signed-in" }, path: noPath } as const;
const failing = (fault: unknown) => httpHandler(anybody, () => Promise.reject(fault), deployed);
const posting = httpHandler(
  { who: { may: "posters" }, path: noPath, body: migrationSchema },
  async ({ body }) => ok({ name: body.name }),
  deployed,
);

describe("an HTTP handler", () => {
  it("hands person, path, query and parsed body to its act", async () => {
    const handler = httpHandler(
      {
        who: { may: "role", roles: ["operator"] },
        path: wavePath,
        query: z.object({ from: z.coerce.number().default(1) }),
        body: z.strictObject({ gate: z.string() }),
      },
      async ({ caller, person, path, query, body }) => ok({ caller, person, path, query, body }),
      deployed,
    );
    const request = event({
      pathParameters: { migration: "shop", wave: "payments" },
      queryStringParameters: { from: "7" },
    });
    const expected = {
      caller: "jwt:olga",
      person: "olga",
      path: { migration: "shop", wave: "payments" },
      query: { from: 7 },
      body: { gate: "go" },
    };
    const plain = await answered(handler, { ...request, body: '{"gate":"go"}' });
    expect(plain).toMatchObject({ status: 200, type: "application/json", body: expected });
    const encoded = Buffer.from('{"gate":"go"}').toString("base64");
    expect(await answered(handler, { ...request, body: encoded, isBase64Encoded: true })).toMatchObject({
      status: 200,
      body: expected,
    });
  });

  it("takes an absent body for an empty object, and ignores one that it does not ask for", async () => {
    const optional = httpHandler(
      { ...anybody, body: z.strictObject({ dryRun: z.boolean().default(false) }) },
      async ({ body }) => ok(body),
      deployed,
    );
    expect(await answered(optional, event())).toMatchObject({ status: 200, body: { dryRun: false } });
    expect(await answered(optional, event({ headers: {}, body: "" }))).toMatchObject({ status: 200 });
    const none = httpHandler(anybody, async ({ body }) => ok({ body: body ?? null }), deployed);
    expect(await answered(none, event({ body: "}{" }))).toMatchObject({ status: 200, body: { body: null } });
  });

  it("writes 64-bit integers as strings, and refuses to answer with what JSON would empty", async () => {
    const big = httpHandler(anybody, async () => ok({ offset: 9_007_199_254_740_993n }), deployed);
    expect((await answered(big, event())).body).toEqual({ offset: "9007199254740993" });
    const log = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const map = httpHandler(anybody, async () => ok({ offsets: new Map([["a", 1]]) }), deployed);
    expect((await answered(map, event())).status).toBe(500);
    log.mockRestore();
  });

  it.each([
    ["no authorizer", { requestContext: { requestId: "r" } }],
    ["no subject", { requestContext: { authorizer: { jwt: { claims: {} } } } }],
    ["an empty subject", { requestContext: { authorizer: { jwt: { claims: { sub: "" } } } } }],
  ])("answers 401 to a request with %s, before it looks at the body", async (_, more) => {
    const answer = await answered(posting, event({ ...more, body: "}{" }));
    expect(answer).toMatchObject({
      status: 401,
      type: "application/problem+json",
      body: { status: 401, title: "Not signed in" },
    });
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
  });

  it.each([
    [
      "a subject and a principal at once",
      { jwt: { claims: { sub: "olga" } }, iam: { userArn: "arn:aws:iam::123456789012:user/olga" } },
    ],
    ["the account's root", { iam: { userArn: "arn:aws:iam::123456789012:root" } }],
    [
      "a federated user, whose name its maker chooses",
      { iam: { userArn: "arn:aws:sts::123456789012:federated-user/olga" } },
    ],
    ["a subject with a blank", { jwt: { claims: { sub: "olga jwt:carl" } } }],
  ])("answers 401 to %s, saying what is expected", async (_, authorizer) => {
    expect(await answered(posting, event({ requestContext: { authorizer } }))).toMatchObject({
      status: 401,
      body: { detail: expect.stringContaining("expected") },
    });
  });
});

describe("who may ask", () => {
  const PATH = { migration: "shop", wave: "payments" };
  const asking = (who: Route<unknown, undefined, undefined>["who"], subject: string, path: object = PATH) =>
    answered(
      httpHandler({ who, path: wavePath }, async ({ person }) => ok({ person }), deployed),
      event({ pathParameters: path, requestContext: { authorizer: { jwt: { claims: { sub: subject } } } } }),
    );

  it("reading is for the migration's people, and for whom the deployment lets read or post; others learn who may", async () => {
    for (const subject of ["sara", "ada", "olga"])
      expect(await asking({ may: "readers" }, subject)).toMatchObject({ status: 200 });
    expect(await asking({ may: "readers" }, "mallory")).toMatchObject({
      status: 403,
      body: {
        detail: "jwt:mallory is none of the people of migration shop, who may read it",
        who: ["olga", "carl", "sara"],
        cure: expect.stringContaining("SLUICE_READERS"),
      },
    });
    expect(await asking({ may: "readers" }, "olga", { ...PATH, migration: "bank" })).toMatchObject({ status: 404 });
  });

  it("posting is the deployment's to give, and is refused before the body is looked at", async () => {
    const stranger = event({ requestContext: { authorizer: { jwt: { claims: { sub: "carl" } } } }, body: "{}" });
    expect(await answered(posting, stranger)).toMatchObject({
      status: 403,
      body: { who: ["jwt:olga"], cure: expect.stringContaining("SLUICE_POSTERS") },
    });
  });

  it("whom the file does not name acts as the identity itself, which has no role", async () => {
    const operators = { may: "role", roles: ["operator"] } as const;
    expect(await asking(operators, "carl")).toMatchObject({ body: { person: "carl" } });
    expect(await asking(operators, "mallory")).toMatchObject({ body: { person: "jwt:mallory" } });
  });
});

describe("an invalid body", () => {
  const errorsOf = async (file: unknown) => {
    const answer = await answered(posting, event({ body: JSON.stringify(file) }));
    expect(answer).toMatchObject({
      status: 400,
      type: "application/problem+json",
      body: { type: "urn:sluice:problem:invalid-request" },
    });
    return { errors: answer.body["errors"] as { path: string; value?: unknown; message: string }[], text: answer.text };
  };

  it("is answered with the path, the value and what was expected", async () => {
    const file = migrationFile();
    const [payments, orders] = file.waves;
    if (!payments || !orders) throw new Error("two waves");
    const { errors } = await errorsOf({ ...file, waves: [payments, { ...orders, topics: ["orders", "bad topic"] }] });
    expect(errors).toEqual([
      { path: "waves[1].topics[1]", value: "bad topic", message: expect.stringContaining("Kafka topic name") },
    ]);
  });

  it("names every unknown key with where it stands", async () => {
    const { errors } = await errorsOf({
      ...migrationFile(),
      wafes: [],
      source: { ...migrationFile().source, bootstrap: "x" },
    });
    expect(errors).toEqual([
      { path: "source.bootstrap", message: 'unknown key "bootstrap" in source; remove it or correct its name' },
      { path: "wafes", message: 'unknown key "wafes" in the body; remove it or correct its name' },
    ]);
  });

  it("names what is missing, without a value", async () => {
    const { people: _, ...file } = migrationFile();
    const { errors } = await errorsOf(file);
    expect(errors).toEqual([{ path: "people", message: expect.stringMatching(/^is missing/) }]);
  });

  it("names references that lead nowhere", async () => {
    const file = migrationFile();
    const [payments] = file.waves;
    if (!payments) throw new Error("a wave");
    const { errors } = await errorsOf({ ...file, waves: [payments, { ...payments, name: "second", clients: [] }] });
    expect(errors.map(({ path }) => path)).toEqual(["waves[1].topics[0]", "waves[1].groups[0].id"]);
  });

  it("never sends back a secret, wherever it was put", async () => {
    const planted = "hunter2-planted";
    const scram = { type: "scram", mechanism: "SCRAM-SHA-256" };
    for (const file of [
      migrationFile({ source: { ...migrationFile().source, auth: { ...scram, secret: "x", password: planted } } }),
      migrationFile({ source: { ...migrationFile().source, auth: { ...scram, secret: [planted] } } }),
      migrationFile({ source: { ...migrationFile().source, auth: planted } }),
      migrationFile({ source: { ...migrationFile().source, bootstrapServers: [`olga:${planted}@old-1:9092`] } }),
      migrationFile({ source: { ...migrationFile().source, bootstrapServers: [`sasl://olga:${planted}@old-1:9092`] } }),
      migrationFile({
        source: { ...migrationFile().source, ca: `-----BEGIN PRIVATE KEY-----\n${planted}\n-----END PRIVATE KEY-----` },
      }),
      migrationFile({ password: planted }),
      migrationFile({ name: { password: planted } }),
    ]) {
      const { text } = await errorsOf(file);
      expect(text).not.toContain(planted);
    }
  });

  it("lists at most fifty errors and says how many there are", async () => {
    const answer = await answered(
      posting,
      event({
        body: JSON.stringify(
          migrationFile({ people: Array.from({ length: 80 }, () => ({ id: "OLGA", roles: ["operator"] })) }),
        ),
      }),
    );
    expect(answer.body["errors"]).toHaveLength(50);
    expect(answer.body["detail"]).toMatch(/^the body has \d{2,} errors; the first 50 are listed$/);
  });

  it("that is no JSON is told with its place where the parser knows it, and never with its text", async () => {
    const cut = await answered(posting, event({ body: '{\n "password": "hunter2",' }));
    expect(cut).toMatchObject({
      status: 400,
      body: { title: "Invalid JSON", detail: "the body is no JSON at line 2, column 24" },
    });
    expect(cut.text).not.toContain("hunter2");
    const wrong = await answered(posting, event({ body: '{\n "password": hunter2' }));
    expect(wrong).toMatchObject({ status: 400, body: { detail: "the body is no JSON" } });
    expect(wrong.text).not.toContain("hunter2");
  });

  it("of another media type is 415", async () => {
    const answer = await answered(posting, event({ headers: { "content-type": "text/yaml" }, body: "a: 1" }));
    expect(answer).toMatchObject({ status: 415, body: { detail: expect.stringContaining("application/json") } });
  });
});

describe("what an act answers or throws", () => {
  it.each([
    ["not-found", 404],
    ["missing-role", 403],
    ["conflict", 409],
  ] as const)("a refusal of kind %s is %i, with the cure and who could", async (kind, status) => {
    const handler = httpHandler(
      anybody,
      async () => refused(kind, "it is frozen", { cure: "thaw it", who: ["carl"] }),
      deployed,
    );
    expect(await answered(handler, event())).toMatchObject({
      status,
      type: "application/problem+json",
      body: { type: `urn:sluice:problem:${kind}`, status, detail: "it is frozen", cure: "thaw it", who: ["carl"] },
    });
  });

  it("an operator's fault is 422 with its sentence; a passing one 503 with when to try again", async () => {
    expect(await answered(failing(new OperatorFault("topic x is missing: create it")), event())).toMatchObject({
      status: 422,
      body: { detail: "topic x is missing: create it" },
    });
    const busy = await answered(failing(new RetryableFault("broker 1 is away")), event());
    expect(busy).toMatchObject({ status: 503, body: { detail: "broker 1 is away" } });
    expect(Number(busy.headers["retry-after"])).toBeGreaterThan(0);
  });

  it("anything else is 500 with a request id and nothing of the inside, which goes to the log", async () => {
    const log = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const answer = await answered(failing(new TypeError("inside: row.claim")), event());
    expect(answer).toMatchObject({
      status: 500,
      body: { requestId: "request-1", detail: expect.stringContaining("request-1") },
    });
    expect(answer.text).not.toContain("row.claim");
    expect(log.mock.calls.flat().join("")).toMatch(/request-1.*inside: row\.claim/);
    log.mockRestore();
  });

  it("an act that outlasts the function's time is answered before the function is ended", async () => {
    const slow = httpHandler(anybody, () => new Promise(() => undefined), deployed);
    expect(await answered(slow, event(), context(550))).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining("may have happened") },
    });
  });
});
