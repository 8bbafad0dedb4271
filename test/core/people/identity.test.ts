import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { identityText, neverSeen, parseIdentity, toldApart } from "#core/people/identity.ts";

const ROLE = "arn:aws:iam::123456789012:role/AWSReservedSSO_Ops_0123456789abcdef";
const session = (name: string, role = "AWSReservedSSO_Ops_0123456789abcdef") =>
  `arn:aws:sts::123456789012:assumed-role/${role}/${name}`;
const SSO = new Set([ROLE]);
const parsed = (text: string) => {
  const identity = parseIdentity(text);
  if (identity === undefined) throw new Error(`${text} is no identity`);
  return identity;
};
const seenAs = (text: string) => identityText(toldApart(parsed(text), SSO));

describe("an identity", () => {
  it.each([
    ["jwt:248289761001", "jwt:248289761001"],
    ["jwt:auth0|507f1f77", "jwt:auth0|507f1f77"],
    ["arn:aws:iam::123456789012:user/olga", "arn:aws:iam::123456789012:user/olga"],
    ["arn:aws:iam::123456789012:user/teams/payments/olga", "arn:aws:iam::123456789012:user/olga"],
    [
      "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_0123",
      "arn:aws:iam::123456789012:role/AWSReservedSSO_Ops_0123",
    ],
    ["arn:aws-cn:iam::123456789012:role/ci", "arn:aws-cn:iam::123456789012:role/ci"],
    [session("olga@example.com"), session("olga@example.com")],
  ])("%s is one, written %s", (text, written) => {
    expect(identityText(parsed(text))).toBe(written);
  });

  it.each([
    "olga",
    "jwt:",
    "jwt:two words",
    "arn:aws:iam::123456789012:root",
    "arn:aws:iam::123456789012:user/",
    "arn:aws:iam::1234:user/olga",
    "arn:aws:iam::123456789012:group/ops",
    "arn:aws:sts::123456789012:federated-user/olga",
    "arn:aws:sts::123456789012:assumed-role/ops",
    "arn:aws:iam::123456789012:user/*",
  ])("%s is none", (text) => {
    expect(parseIdentity(text)).toBeUndefined();
  });

  it("is one text, whatever was written", () => {
    const names = fc.stringMatching(/^[\w+=.@-]{2,20}$/);
    fc.assert(
      fc.property(names, names, fc.constantFrom("user", "role"), (name, path, kind) => {
        const text = identityText(parsed(`arn:aws:iam::123456789012:${kind}/${path}/${name}`));
        expect(identityText(parsed(text))).toBe(text);
        expect(text).toBe(`arn:aws:iam::123456789012:${kind}/${name}`);
      }),
    );
  });
});

describe("whoever assumes a role", () => {
  it("is a person of the session's name only where single sign-on gives it", () => {
    expect(seenAs(session("olga@example.com"))).toBe(session("olga@example.com"));
    expect(seenAs(session("carl@example.com"))).not.toBe(seenAs(session("olga@example.com")));
  });

  it("is one with all others otherwise: whoever assumes it chooses the session's name", () => {
    expect(seenAs(session("olga", "deployer"))).toBe("arn:aws:iam::123456789012:role/deployer");
    expect(seenAs(session("carl", "deployer"))).toBe(seenAs(session("olga", "deployer")));
  });

  it("of a role of the same name in another account is not of single sign-on", () => {
    const other = session("olga@example.com").replace("123456789012", "210987654321");
    expect(seenAs(other)).toBe(ROLE.replace("123456789012", "210987654321"));
  });

  it("could never be seen as what the deployment does not tell apart, and the cure is named", () => {
    expect(neverSeen(parsed(session("olga", "deployer")), SSO)).toMatch(/name the role itself.*SLUICE_SSO_ROLES/);
    expect(neverSeen(parsed(ROLE), SSO)).toMatch(/many people share; name the person's session/);
    for (const text of [session("olga"), "jwt:olga", "arn:aws:iam::123456789012:role/ci"])
      expect(neverSeen(parsed(text), SSO)).toBeUndefined();
  });
});
