import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { iamTokens } from "#adapters/msk/iam-token.ts";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { IamSession } from "#core/migration/sign-in.ts";

const session: IamSession = {
  role: "arn:aws:iam::123456789012:role/sluice",
  name: "sluice-shop",
  region: "eu-central-1",
};
const NOW = new Date("2026-03-04T05:06:07Z");
beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const credentials = (minutes: number) => ({
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "planted-key",
  sessionToken: "planted/token",
  expiration: new Date(Date.now() + minutes * 60_000),
});
const query = (token: string) => {
  const url = new URL(Buffer.from(token, "base64url").toString("utf8"));
  return { url, values: Object.fromEntries(url.searchParams) };
};

describe("a token for MSK", () => {
  it("is a request for kafka-cluster:Connect, signed for the cluster's region by the role's session, good for 15 minutes", async () => {
    const tokens = iamTokens({ assumeRole: () => async () => credentials(60) });
    const token = await tokens(session);
    expect(token).toMatch(/^[\w-]+$/);
    const { url, values } = query(token);
    expect(url.origin + url.pathname).toBe("https://kafka.eu-central-1.amazonaws.com/");
    expect(values).toEqual({
      Action: "kafka-cluster:Connect",
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": "AKIDEXAMPLE/20260304/eu-central-1/kafka-cluster/aws4_request",
      "X-Amz-Date": "20260304T050607Z",
      "X-Amz-Expires": "900",
      "X-Amz-Security-Token": "planted/token",
      "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
      "X-Amz-SignedHeaders": "host",
      "User-Agent": expect.stringContaining("aws-msk-iam-sasl-signer-js"),
    });
    expect(url.href).not.toContain("planted-key");
    // The same at the same time by the same credentials, and another a second later.
    expect(await tokens(session)).toBe(token);
    vi.setSystemTime(NOW.getTime() + 1000);
    expect(await tokens(session)).not.toBe(token);
  });

  it("always comes from the one session, assumed again before its credentials would shorten a token", async () => {
    const assumed: IamSession[] = [];
    const tokens = iamTokens({
      assumeRole: (asked) => async () => {
        assumed.push(asked);
        return credentials(60);
      },
    });
    await tokens(session);
    vi.setSystemTime(NOW.getTime() + 39 * 60_000);
    await tokens(session);
    expect(assumed).toEqual([session]);
    vi.setSystemTime(NOW.getTime() + 41 * 60_000);
    expect(query(await tokens(session)).values["X-Amz-Expires"]).toBe("900");
    expect(assumed).toEqual([session, session]);
    await tokens({ ...session, name: "another" });
    expect(assumed).toHaveLength(3);
  });

  it.each([
    [
      "AccessDenied",
      OperatorFault,
      /assuming role arn:aws:iam::123456789012:role\/sluice as session sluice-shop was refused; expected the role to trust .*sts:AssumeRole/,
    ],
    ["Throttling", RetryableFault, /assuming role .*Throttling/],
    ["MalformedPolicyDocument", OperatorFault, /assuming role .* failed: no; correct the role in the migration file/],
  ] as const)("that cannot be made because of %s says so", async (name, kind, sentence) => {
    const tokens = iamTokens({
      assumeRole: () => () => Promise.reject(Object.assign(new Error("no"), { name })),
    });
    const refusal = await tokens(session).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(kind);
    expect(String(refusal)).toMatch(sentence);
  });
});
