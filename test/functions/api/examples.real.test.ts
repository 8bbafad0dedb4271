import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { migrationSchema } from "#core/migration/migration.ts";
import { secretsOf } from "#core/migration/sign-in.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import { openapiDocument } from "#functions/api/document.ts";
import { exampleMigration } from "#functions/api/example-migration.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import { type LocalApi, startLocalApi } from "../local-api.ts";
import { exampleRequest, operationsOf } from "./operations.ts";

const REF = { migration: "shop", wave: "payments" };
const TOKENS = {
  "token-of-olga": { iam: "arn:aws:iam::123456789012:user/olga" },
  "token-of-carl": "carl@example.com",
  "token-of-sara": "sara@example.com",
  "token-of-mallory": "mallory@example.com",
};
let api: LocalApi;
let store: WaveStore;

beforeAll(async () => {
  api = await startLocalApi({
    tokens: TOKENS,
    secrets: [...secretsOf(migrationSchema.parse(exampleMigration))],
    environment: { SLUICE_POSTERS: "arn:aws:iam::123456789012:user/olga", SLUICE_READERS: "", SLUICE_SSO_ROLES: "" },
  });
  // The handlers are loaded when they are first asked.
  vi.stubEnv("POWERTOOLS_LOG_LEVEL", "INFO");
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "false");
  store = dynamoWaveStore(api.wire.table);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await api?.stop();
});

const served = openapiDocument(FUNCTIONS);
const operations = operationsOf(served);
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ $id: "document", ...served });

/** What the document says of this answer. */
const expectAsDocumented = (
  operation: (typeof operations)[number],
  answer: { readonly status: number; readonly type: string | null; readonly body: unknown },
): void => {
  const content = operation.operation.responses[String(answer.status)]?.content ?? {};
  const [type, media] = Object.entries(content)[0] ?? [];
  expect(answer.type, `${answer.status}: ${JSON.stringify(answer.body)}`).toBe(type);
  const validate = ajv.getSchema(`document${media?.schema.$ref}`);
  if (validate === undefined) throw new Error(`the document has no ${media?.schema.$ref}`);
  expect(validate(answer.body), `${JSON.stringify(validate.errors)} in ${JSON.stringify(answer.body)}`).toBe(true);
};

const HOLD = { kind: "by-person", by: "sluice", at: 1, reason: "a topic is missing", cure: "create it" } as const;
const GO = { gate: { step: "freeze", run: 1, token: "task-token", openedAt: 1 } } as const;
/** The wave as the example's command meets it. */
const GIVEN: Readonly<Record<string, Partial<WaveRow>>> = {
  "approve-gate": { phase: "cutover-ready", run: 1, ...GO },
  "hold-wave": { phase: "replicating", run: 1 },
  "resume-wave": { phase: "replicating", run: 1, hold: HOLD },
  "thaw-wave": { phase: "replicating", run: 1 },
  "roll-back-wave": { phase: "consumers-moved", run: 1 },
  "abort-wave": { phase: "replicating", run: 1 },
  "retry-wave": { phase: "aborted", run: 1 },
  "seal-wave": { phase: "producers-moved", run: 1, gate: { step: "seal", run: 1, token: "task-token", openedAt: 1 } },
};

const given = async (changes: Partial<WaveRow> | undefined): Promise<void> => {
  if (changes === undefined) return;
  const row = await store.wave(REF);
  if (row === undefined) throw new Error("the example migration was not posted");
  const { attempt, migration, wave } = row;
  const next = { migration, wave, attempt, phase: row.phase, run: row.run, approvals: [], ...changes };
  await store.write(
    row,
    next,
    [{ event: "Prepared", by: "the test", details: { end: 9_007_199_254_740_993n } }],
    Date.now(),
  );
};

/** Those who are named as who could are those whom the document promises it to. */
const expectAllowed = (named: unknown, who: string | { readonly roles: readonly string[] }): void => {
  const { people } = exampleMigration;
  if (who === "posters") expect(named).toEqual(["arn:aws:iam::123456789012:user/olga"]);
  else if (typeof who === "string") expect(named).toEqual(people.map(({ id }) => id));
  else {
    const able = people.filter(({ roles }) => roles.some((role) => who.roles.includes(role))).map(({ id }) => id);
    expect(named).not.toEqual([]);
    expect(able).toEqual(expect.arrayContaining(named as string[]));
    if (who.roles.length === 1) expect(named).toEqual(able);
  }
};

const tokenFor = (id: string): string => {
  if (id === "approve-gate" || id === "approve-plan") return "token-of-carl";
  return id === "seal-wave" ? "token-of-sara" : "token-of-olga";
};

describe("every example of the OpenAPI document, sent through the local HTTP API to the real handlers", () => {
  it.each(operations.map((operation) => [operation.id, operation] as const))("%s", async (id, operation) => {
    await given(GIVEN[id]);
    const { method, url, body } = exampleRequest(operation);
    const answer = await api.call(tokenFor(id), method, url, body);
    expectAsDocumented(operation, answer);
    expect(answer.status, JSON.stringify(answer.body)).toBe(operation.operation["x-sluice-example-status"]);
    if (id === "read-openapi") expect(answer.body).toEqual(JSON.parse(JSON.stringify(served)));
  });

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "%s of nobody, and of a stranger",
    async (id, operation) => {
      const { method, url, body } = exampleRequest(operation);
      expect((await api.call(undefined, method, url, body)).status).toBe(401);
      const stranger = await api.call("token-of-mallory", method, url, body);
      expectAsDocumented(operation, stranger);
      expect(stranger.status).toBe(operation.operation["x-sluice-who"] === "signed-in" ? 200 : 403);
      if (stranger.status === 403) expectAllowed(stranger.body["who"], operation.operation["x-sluice-who"]);
      else expect(id === "read-openapi" || JSON.stringify(stranger.body)).not.toContain("shop");
    },
  );
});

describe("what the examples cannot show", () => {
  const operation = (id: string) => {
    const found = operations.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no ${id}`);
    return found;
  };
  const gates = z.object({ gates: z.array(z.object({ gate: z.string(), evidenceHash: z.string().optional() })) });

  it("an approval of the evidence that is shown, and a seal by two people, answer as documented", async () => {
    for (const [id, gate, tokens] of [
      ["approve-gate", "go", ["token-of-carl"]],
      ["seal-wave", "seal", ["token-of-sara", "token-of-carl"]],
    ] as const) {
      await given(GIVEN[id]);
      const shown = gates.parse((await api.call("token-of-sara", "GET", "/migrations/shop/waves/payments/gates")).body);
      const evidence = shown.gates.find((one) => one.gate === gate)?.evidenceHash;
      const { method, url } = exampleRequest(operation(id));
      for (const token of tokens) {
        const answer = await api.call(token, method, url, id === "seal-wave" ? { evidence } : { gate, evidence });
        expectAsDocumented(operation(id), answer);
        expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      }
      const row = await store.wave(REF);
      expect(row?.approvals.map(({ person }) => person)).toEqual(tokens.map((token) => token.replace("token-of-", "")));
    }
  });

  it("a wave in every other state is as documented: frozen, rolling back, aborted, claimed", async () => {
    const claim = { step: "freeze", id: "c", run: 1, leaseUntil: 2, waiting: { for: "silence", since: 1 } } as const;
    const order = { by: "olga", cause: "person", reason: "r", at: 1, deadlineSeconds: 60 } as const;
    const states: Partial<WaveRow>[] = [
      {
        phase: "freezing",
        run: 1,
        claim,
        freeze: { id: "f", startedAt: 1, deadlineAt: 2, mayHaveMovedProducers: true },
        rollBackOrder: order,
      },
      {
        phase: "rolling-back",
        run: 2,
        rollBack: {
          ...order,
          id: "b",
          from: "producers-moved",
          hasMovedProducers: true,
          deadlineAt: 3,
          isForced: true,
        },
      },
      {
        phase: "aborted",
        run: 2,
        abort: { by: "olga", at: 1, deletesTargetTopics: false },
        attemptStartedAt: 1,
        attemptStartedBy: "olga",
      },
    ];
    for (const state of states) {
      await given(state);
      const { method, url } = exampleRequest(operation("read-wave"));
      const answer = await api.call("token-of-carl", method, url);
      expectAsDocumented(operation("read-wave"), answer);
      expect(answer.body).toMatchObject({ phase: state.phase });
    }
  });

  it("refusals and errors are the documented problem", async () => {
    for (const [id, token, url, body, status] of [
      ["post-migration", "token-of-carl", "/migrations", exampleMigration, 403],
      ["post-migration", "token-of-olga", "/migrations", { ...exampleMigration, people: [] }, 400],
      ["read-wave", "token-of-olga", "/migrations/shop/waves/moon", undefined, 404],
      ["start-wave", "token-of-sara", "/migrations/shop/waves/payments/start", undefined, 403],
      ["read-wave", "token-of-olga", "/migrations/bank/waves/moon", undefined, 404],
    ] as const) {
      const answer = await api.call(token, operation(id).method.toUpperCase(), url, body);
      expectAsDocumented(operation(id), answer);
      expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    }
  });
});

describe("what handlers, host and edge have written of all this", () => {
  it("names migration and wave, and holds no token, no password and no task token", () => {
    const text = api.output.text();
    const ended = api.output.lines().filter((line) => line["message"] === "invocation ended");
    expect(ended.length).toBeGreaterThan(operations.length);
    for (const id of ["start-wave", "approve-gate", "roll-back-wave"])
      expect(ended).toContainEqual(
        expect.objectContaining({ function_name: `http-${id}`, migration: "shop", wave: "payments", status: 200 }),
      );
    for (const secret of [...Object.keys(TOKENS), "planted-", "task-token", "Bearer"])
      expect(text).not.toContain(secret);
  });
});
