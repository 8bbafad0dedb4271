import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { migrationFile } from "../../in-memory/migration.ts";
import { type LocalApi, startLocalApi } from "../local-api.ts";

const ACCOUNT = "123456789012";
const session = (role: string, name: string) => ({ iam: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}` });
const SSO = "AWSReservedSSO_Seals_0123";
const TOKENS = {
  "olga-by-token": "olga@example.com",
  "olga-as-user": { iam: `arn:aws:iam::${ACCOUNT}:user/teams/olga` },
  "sara-by-sso": session(SSO, "sara@example.com"),
  "tom-by-sso": session(SSO, "tom@example.com"),
  "eve-by-sso": session(SSO, "eve@example.com"),
  "release-as-sara": session("release", "sara@example.com"),
  "release-as-tom": session("release", "tom@example.com"),
  "some-auditor": "ada@example.com",
  "root-of-all": { iam: `arn:aws:iam::${ACCOUNT}:root` },
};
const PEOPLE = [
  { id: "olga", roles: ["operator"], signsInAs: ["jwt:olga@example.com", `arn:aws:iam::${ACCOUNT}:user/olga`] },
  { id: "sara", roles: ["seal-approver"], signsInAs: [session(SSO, "sara@example.com").iam] },
  { id: "tom", roles: ["seal-approver"], signsInAs: [session(SSO, "tom@example.com").iam] },
  { id: "release", roles: ["seal-approver"], signsInAs: [`arn:aws:iam::${ACCOUNT}:role/release`] },
];
const WAVE = "/migrations/shop/waves/payments";
let api: LocalApi;

beforeAll(async () => {
  api = await startLocalApi({
    tokens: TOKENS,
    secrets: [],
    environment: {
      SLUICE_POSTERS: `arn:aws:iam::${ACCOUNT}:user/olga`,
      SLUICE_READERS: "jwt:ada@example.com",
      SLUICE_SSO_ROLES: `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/${SSO}`,
    },
  });
  const posted = await api.call("olga-as-user", "POST", "/migrations", migrationFile({ people: PEOPLE }));
  expect(posted).toMatchObject({
    status: 201,
    body: { posting: { by: "olga", signedInAs: `arn:aws:iam::${ACCOUNT}:user/olga` } },
  });
});
afterAll(() => api?.stop());

const evidenceSchema = z.object({
  gates: z.array(z.object({ gate: z.string(), evidenceHash: z.string().optional() })),
});
const openSeal = async (): Promise<string | undefined> => {
  const store = dynamoWaveStore(api.wire.table);
  const row = await store.wave({ migration: "shop", wave: "payments" });
  if (row === undefined) throw new Error("no row");
  const gate = { step: "seal", run: 1, token: "t", openedAt: 1 } as const;
  const next = { ...row, phase: "producers-moved" as const, run: 1, gate, approvals: [] };
  await store.write(row, next, [{ event: "Prepared", by: "the test" }], Date.now());
  const { gates } = evidenceSchema.parse((await api.call("some-auditor", "GET", `${WAVE}/gates`)).body);
  return gates.find(({ gate: name }) => name === "seal")?.evidenceHash;
};
const approvers = async (): Promise<string[]> => {
  const row = await dynamoWaveStore(api.wire.table).wave({ migration: "shop", wave: "payments" });
  return (row?.approvals ?? []).map(({ person }) => person);
};
const seal = (token: keyof typeof TOKENS, evidence: string | undefined) =>
  api.call(token, "POST", `${WAVE}/seal`, { evidence });

describe("identities through the local HTTP API, to the real handlers on a real table", () => {
  it("one person is one, by a token and as an IAM user; only what the deployment names may post", async () => {
    for (const token of ["olga-by-token", "olga-as-user"])
      expect(await api.call(token, "POST", `${WAVE}/hold`, {})).toMatchObject({
        status: 409,
        body: { detail: "wave payments is planned; there is nothing to hold" },
      });
    expect(await api.call("olga-by-token", "POST", "/migrations", migrationFile())).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining("jwt:olga@example.com"), who: [`arn:aws:iam::${ACCOUNT}:user/olga`] },
    });
  });

  it("two sessions of a role of single sign-on are two people, by whom a wave seals", async () => {
    const evidence = await openSeal();
    expect((await seal("sara-by-sso", evidence)).status).toBe(200);
    expect((await seal("tom-by-sso", evidence)).status).toBe(200);
    expect(await approvers()).toEqual(["sara", "tom"]);
  });

  it("two sessions of a shared role are one person, whatever they are called, and never the people of that name", async () => {
    const evidence = await openSeal();
    expect((await seal("release-as-sara", evidence)).status).toBe(200);
    expect(await seal("release-as-tom", evidence)).toMatchObject({
      status: 200,
      body: { already: expect.stringContaining("release has approved seal") },
    });
    expect(await approvers()).toEqual(["release"]);
  });

  it("a refusal says who the caller is taken for, and who could", async () => {
    const evidence = await openSeal();
    expect(await seal("olga-by-token", evidence)).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining("olga is no seal-approver"), who: ["sara", "tom", "release"] },
    });
    expect(await seal("eve-by-sso", evidence)).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining(session(SSO, "eve@example.com").iam), who: ["sara", "tom", "release"] },
    });
    expect(await approvers()).toEqual([]);
  });

  it("readers of the deployment read and command nothing; strangers read nothing; root is nobody", async () => {
    expect((await api.call("some-auditor", "GET", WAVE)).status).toBe(200);
    expect((await api.call("some-auditor", "POST", `${WAVE}/start`)).status).toBe(403);
    expect(await api.call("eve-by-sso", "GET", WAVE)).toMatchObject({
      status: 403,
      body: { who: ["olga", "sara", "tom", "release"] },
    });
    expect(await api.call("eve-by-sso", "GET", "/migrations")).toMatchObject({ status: 200, body: { migrations: [] } });
    expect(await api.call("root-of-all", "GET", WAVE)).toMatchObject({
      status: 401,
      body: { detail: expect.stringContaining(":root tells nobody apart") },
    });
  });

  it("a file with people whom nobody could ever be is refused with the place and the cure", async () => {
    const people = [{ id: "olga", roles: ["operator"], signsInAs: [session("release", "olga").iam] }];
    expect(
      await api.call("olga-as-user", "POST", "/migrations", migrationFile({ name: "bank", people })),
    ).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/olga \(people\[0\]\.signsInAs\[0\]\).*SLUICE_SSO_ROLES/) },
    });
  });
});
