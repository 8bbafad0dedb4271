import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  expectAllSecrets,
  mskClustersFile,
  readMigrationFile,
  readSecretsFile,
  refuseWithoutRoles,
} from "#local/home/user-files.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-files-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function file(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

const yaml = `
name: shop
source: { bootstrapServers: ["a:9092"], auth: { type: scram, mechanism: SCRAM-SHA-256, secret: shop/sluice } }
target: { bootstrapServers: ["b:9092"], auth: { type: scram, mechanism: SCRAM-SHA-256, secret: shop/sluice } }
replicator:
  forward: { principal: "User:fwd", auth: { type: scram, mechanism: SCRAM-SHA-256, secret: shop/fwd } }
  reverse: { principal: "User:rev", auth: { type: none } }
people: [{ id: olga, roles: [operator] }]
waves: [{ name: orders, topics: [orders], groups: [], clients: [] }]
`;

test.each([0o644, 0o640, 0o400, 0o700])("a secrets file of mode %o is refused with the cure", async (mode) => {
  const path = await file(`mode-${mode}.json`, '{"shop/sluice":{"username":"s","password":"planted"}}', mode);
  await expect(readSecretsFile(path)).rejects.toThrow(
    new RegExp(`has mode ${mode.toString(8)}; expected 600: chmod 600 ${path}$`),
  );
});

test("one of mode 600 is read, JSON or YAML", async () => {
  const json = await file("secrets.json", '{"shop/sluice":{"username":"s","password":"planted"}}');
  const asYaml = await file("secrets.yaml", "shop/sluice: { username: s, password: planted }");
  expect(await readSecretsFile(json)).toEqual(await readSecretsFile(asYaml));
});

test.each(['{"shop/sluice":{"username":"s","pasword":"planted"}}', '{"shop/sluice": planted: [}', '"planted"'])(
  "a wrong secrets file is refused without a word of what it holds: %s",
  async (text) => {
    const path = await file("wrong.json", text);
    const refusal = await readSecretsFile(path).then(
      () => "",
      (error: unknown) => String(error),
    );
    expect(refusal).toMatch(/is not a secrets file|is neither JSON nor YAML/);
    expect(refusal).not.toContain("planted");
  },
);

test("secrets that the migration names and the file lacks are told, all of them", async () => {
  const migration = await readMigrationFile(await file("migration.yaml", yaml));
  expect(() => expectAllSecrets(migration, {})).toThrow(/not in the secrets file: shop\/sluice, shop\/fwd;/);
  const both = { "shop/sluice": { username: "s", password: "p" }, "shop/fwd": { username: "f", password: "p" } };
  expect(() => expectAllSecrets(migration, both)).not.toThrow();
});

test("a certificate and its key are a secret too, and the two kinds do not mix", async () => {
  const both = { certificate: "-----BEGIN", key: "planted" };
  expect(await readSecretsFile(await file("mtls.json", JSON.stringify({ "shop/c": both })))).toEqual({
    "shop/c": both,
  });
  const mixed = await file("mixed.json", JSON.stringify({ "shop/c": { ...both, username: "u" } }));
  await expect(readSecretsFile(mixed)).rejects.toThrow(
    /is not a secrets file: shop\/c: .*"certificate": "…", "key": "…"\} for mtls/,
  );
});

test("a token is a secret too, and those of registries and Connect workers are missed as those of clusters are", async () => {
  const token = { "shop/registry": { token: "planted" } };
  expect(await readSecretsFile(await file("token.json", JSON.stringify(token)))).toEqual(token);
  const beside = "schemaRegistry: { url: 'https://r', auth: { type: bearer, secret: shop/registry } }";
  const migration = await readMigrationFile(
    await file("beside.yaml", yaml.replace("source: {", `source: { ${beside},`)),
  );
  const others = { "shop/sluice": { username: "s", password: "p" }, "shop/fwd": { username: "f", password: "p" } };
  expect(() => expectAllSecrets(migration, others)).toThrow(/not in the secrets file: shop\/registry; .*"token"/);
  expect(() => expectAllSecrets(migration, { ...others, ...token })).not.toThrow();
});

test("clusters that stand in for MSK's are said as the edge reads them, or the key is named", async () => {
  const arn = "arn:aws:kafka:eu-west-1:123456789012:cluster/shop/1a2b";
  const right = await file("msk.json", JSON.stringify({ [arn]: { brokers: { bootstrapBrokerStringTls: "a:1" } } }));
  expect(await mskClustersFile(right)).toBe(right);
  const wrong = await file("msk-wrong.json", JSON.stringify({ [arn]: { broker: {} } }));
  await expect(mskClustersFile(wrong)).rejects.toThrow(/does not say what MSK would[\s\S]*broker/);
});

test("a sign-in by IAM is refused here, and named", async () => {
  const migration = await readMigrationFile(await file("migration.yaml", yaml));
  expect(() => refuseWithoutRoles(migration)).not.toThrow();
  const iam = yaml.replace(
    "{ type: scram, mechanism: SCRAM-SHA-256, secret: shop/sluice }",
    "{ type: iam, role: 'arn:aws:iam::123456789012:role/r', region: eu-west-1 }",
  );
  const byIam = await readMigrationFile(await file("iam.yaml", iam));
  expect(() => refuseWithoutRoles(byIam)).toThrow(
    /Sluice signs in to the source by IAM \(role arn:aws:iam::123456789012:role\/r\).*sign in by scram or mtls/,
  );
});

test("a wrong migration file is refused by the key and where it stands", async () => {
  const path = await file("typo.yaml", yaml.replace("topics: [orders]", "topics: [orders], grups: []"));
  await expect(readMigrationFile(path)).rejects.toThrow(/grups[\s\S]*waves\[0\]/);
});
