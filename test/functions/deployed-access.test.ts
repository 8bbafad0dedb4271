import { afterEach, describe, expect, it, vi } from "vitest";
import { deployedAccess } from "#functions/deployed-access.ts";

const SSO = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0123";
const session = (role: string) => `arn:aws:sts::123456789012:assumed-role/${role}/olga@example.com`;
const given = (variables: Readonly<Record<string, string | undefined>>) => {
  for (const name of ["SLUICE_POSTERS", "SLUICE_READERS", "SLUICE_SSO_ROLES"]) vi.stubEnv(name, variables[name]);
  return deployedAccess();
};
afterEach(() => vi.unstubAllEnvs());

describe("who may do what in a deployment", () => {
  it("is read from its environment, each identity as its one text", () => {
    expect(given({ SLUICE_POSTERS: `jwt:olga,${session("AWSReservedSSO_Ops_0123")}`, SLUICE_SSO_ROLES: SSO })).toEqual({
      posters: ["jwt:olga", session("AWSReservedSSO_Ops_0123")],
      readers: [],
      ssoRoles: new Set(["arn:aws:iam::123456789012:role/AWSReservedSSO_Ops_0123"]),
    });
    expect(given({ SLUICE_POSTERS: "jwt:olga", SLUICE_READERS: "jwt:ada" })).toMatchObject({ readers: ["jwt:ada"] });
  });

  it.each([
    ["nobody who may post", {}, /SLUICE_POSTERS is missing/],
    ["an empty list of posters", { SLUICE_POSTERS: "" }, /SLUICE_POSTERS.*expected a comma-separated list/],
    ["a poster who is no identity", { SLUICE_POSTERS: "olga" }, /SLUICE_POSTERS is "olga": expected "jwt:"/],
    ["a reader who is no identity", { SLUICE_POSTERS: "jwt:olga", SLUICE_READERS: "ada" }, /SLUICE_READERS is "ada"/],
    [
      "a session whose name anybody can choose",
      { SLUICE_POSTERS: session("deployer") },
      /SLUICE_POSTERS names .*deployer.*SLUICE_SSO_ROLES/,
    ],
    [
      "a role that many share",
      { SLUICE_POSTERS: SSO, SLUICE_SSO_ROLES: SSO },
      /SLUICE_POSTERS names .*many people share/,
    ],
    [
      "a session as a role",
      { SLUICE_POSTERS: "jwt:olga", SLUICE_SSO_ROLES: session("ops") },
      /SLUICE_SSO_ROLES.*ARN of an IAM role/,
    ],
  ])("%s is an operator's fault that names the variable and the cure", (_what, variables, message) => {
    expect(() => given(variables)).toThrow(
      expect.objectContaining({ name: "OperatorFault", message: expect.stringMatching(message) }),
    );
  });
});
