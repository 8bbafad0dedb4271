import { expect, test } from "vitest";
import { edgeSettings } from "#local/edge/settings.ts";
import { hostSettings } from "#local/host/settings.ts";

const whole = {
  SLUICE_EDGE_PORT: "4001",
  SLUICE_HTTP_PORT: "4002",
  SLUICE_HOST_URL: "http://127.0.0.1:4003",
  SLUICE_MOTO_URL: "http://127.0.0.1:4004",
  SLUICE_DYNAMODB_URL: "http://127.0.0.1:4005",
  AWS_ENDPOINT_URL_SECRETS_MANAGER: "https://secretsmanager.eu-west-1.amazonaws.com",
  AWS_ENDPOINT_URL_CLOUDWATCH: "https://monitoring.eu-west-1.amazonaws.com",
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "a",
  AWS_SECRET_ACCESS_KEY: "s",
  SLUICE_TABLE: "waves",
  SLUICE_STATE_DIRECTORY: "state",
  SLUICE_TOKENS_FILE: "tokens.json",
};

test("ports, URLs and defaults", () => {
  const settings = edgeSettings(whole);
  expect(settings).toMatchObject({ edgePort: 4001, tickSeconds: 60, account: "123456789012" });
  expect(settings.manifestPath).toMatch(/functions\/manifest\.ts$/);
  expect(settings.credentials).toEqual({ accessKeyId: "a", secretAccessKey: "s" });
  expect(edgeSettings({ ...whole, AWS_SESSION_TOKEN: "t" }).credentials.sessionToken).toBe("t");
});

test("what is missing or wrong is named", () => {
  const { SLUICE_TABLE: _, ...without } = whole;
  expect(() => edgeSettings({ ...without, SLUICE_EDGE_PORT: "99999" })).toThrow(/SLUICE_EDGE_PORT[\s\S]*SLUICE_TABLE/);
  expect(() => edgeSettings({ ...whole, SLUICE_TICK_SECONDS: "0" })).toThrow(/SLUICE_TICK_SECONDS/);
  expect(() => edgeSettings({ ...whole, SLUICE_MSK_CLUSTERS: "" })).toThrow(/SLUICE_MSK_CLUSTERS/);
  expect(() => edgeSettings({ ...whole, SLUICE_MOTO_URL: "127.0.0.1:1" })).toThrow(/SLUICE_MOTO_URL/);
  expect(() => hostSettings({})).toThrow(/SLUICE_HOST_PORT/);
});
