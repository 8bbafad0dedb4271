import { type Agent, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { SecretReader } from "#adapters/secrets/secret-reader.ts";
import type { HttpServer } from "#core/migration/http-servers.ts";

export type SignedIn = { readonly agent: Agent; readonly headers: Readonly<Record<string, string>> };

/** What every request to a server carries, and over which connections it goes. */
export async function signIn(
  { url, auth, ca }: HttpServer,
  secrets: Pick<SecretReader, "readCredentials" | "readToken" | "readClientCertificate">,
): Promise<SignedIn> {
  const accept = { accept: "application/json" };
  const own =
    auth?.type === "mtls"
      ? await secrets.readClientCertificate(auth.secret).then(({ certificate: cert, key }) => ({ cert, key }))
      : {};
  const agent = url.startsWith("https:")
    ? new HttpsAgent({ keepAlive: true, ...own, ...(ca === undefined ? {} : { ca }) })
    : new HttpAgent({ keepAlive: true });
  switch (auth?.type) {
    case "basic": {
      const { username, password } = await secrets.readCredentials(auth.secret);
      const both = Buffer.from(`${username}:${password}`).toString("base64");
      return { agent, headers: { ...accept, authorization: `Basic ${both}` } };
    }
    case "bearer":
      return { agent, headers: { ...accept, authorization: `Bearer ${await secrets.readToken(auth.secret)}` } };
    default:
      return { agent, headers: accept };
  }
}
