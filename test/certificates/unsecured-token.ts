/** A JSON web token without a signature, which Kafka's own validator for tests takes. */
export const unsecuredToken = (subject: string, validSeconds: number): string => {
  const now = Date.now() / 1000;
  const claims = { sub: subject, iat: Math.min(now, now + validSeconds) - 1, exp: now + validSeconds };
  return [JSON.stringify({ alg: "none" }), JSON.stringify(claims), ""]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");
};
