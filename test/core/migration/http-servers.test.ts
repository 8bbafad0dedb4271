import { describe, expect, it } from "vitest";
import { migrationSchema } from "#core/migration/migration.ts";
import { inventorySecretsOf, secretsOf } from "#core/migration/sign-in.ts";
import { migrationFile } from "../../in-memory/migration.ts";

const ca = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const source = { bootstrapServers: ["old-1:9094"], auth: { type: "none" } };
const url = "https://registry.example.com:8081";
const basic = { type: "basic", secret: "shop/registry" };
const file = (beside: Readonly<Record<string, unknown>>) => migrationFile({ source: { ...source, ...beside } });
const findings = (beside: Readonly<Record<string, unknown>>): readonly [string, string][] => {
  const parsed = migrationSchema.safeParse(file(beside));
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => [path.map(String).join("."), message]);
};

describe("what stands beside a cluster", () => {
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["nothing", {}],
    ["a registry that anybody may read", { schemaRegistry: { url: "http://127.0.0.1:8081/apis/ccompat/v7/" } }],
    ["one by user name and password", { schemaRegistry: { url, auth: basic, ca } }],
    ["one by token", { schemaRegistry: { url, auth: { type: "bearer", secret: "shop/token" } } }],
    ["one by certificate", { schemaRegistry: { url, auth: { type: "mtls", secret: "shop/certificate" } } }],
    [
      "several Connect clusters",
      {
        connectClusters: [
          { name: "till", url: "http://connect:8083" },
          { name: "lake", url: "https://lake:8083", auth: basic },
        ],
      },
    ],
  ])("may be %s", (_what, beside) => {
    expect(findings(beside)).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string, RegExp]>([
    ["no URL", { schemaRegistry: { url: "registry:8081" } }, "source.schemaRegistry.url", /expected a URL such as/],
    [
      "a password in its URL",
      { schemaRegistry: { url: "https://me:pw@registry" } },
      "source.schemaRegistry.url",
      /without user, query or fragment; what signs in belongs into the secret/,
    ],
    ["a query", { schemaRegistry: { url: `${url}/?a=b` } }, "source.schemaRegistry.url", /without user, query/],
    [
      "a sign-in that there is not",
      { schemaRegistry: { url, auth: { type: "scram", secret: "x" } } },
      "source.schemaRegistry.auth.type",
      /expected a type of none, basic, bearer or mtls/,
    ],
    [
      "a certificate without TLS",
      { schemaRegistry: { url: "http://registry", auth: { type: "mtls", secret: "x" } } },
      "source.schemaRegistry.url",
      /speaks no TLS, which auth mtls is about; expected https/,
    ],
    [
      "authorities without TLS",
      { connectClusters: [{ name: "till", url: "http://connect:8083", ca }] },
      "source.connectClusters.0.url",
      /which ca is about/,
    ],
    [
      "a name twice",
      {
        connectClusters: [
          { name: "till", url: "http://a:8083" },
          { name: "till", url: "http://b:8083" },
        ],
      },
      "source.connectClusters.1.name",
      /names a second Connect cluster/,
    ],
    [
      "a name that would part a connector's",
      { connectClusters: [{ name: "a/b", url: "http://a:8083" }] },
      "source.connectClusters.0.name",
      /expected 1 to 100 of letters/,
    ],
  ])("is refused with %s", (_what, beside, path, message) => {
    expect(findings(beside)).toEqual([[path, expect.stringMatching(message)]]);
  });

  it("has secrets of its own, which no wave waits for", () => {
    const parsed = migrationSchema.parse(
      file({
        schemaRegistry: { url, auth: basic },
        connectClusters: [
          { name: "till", url, auth: basic },
          { name: "lake", url, auth: { type: "bearer", secret: "shop/lake" } },
        ],
      }),
    );
    expect(inventorySecretsOf(parsed)).toEqual(["shop/registry", "shop/lake"]);
    expect(secretsOf(parsed)).toEqual(secretsOf(migrationSchema.parse(file({}))));
  });
});
