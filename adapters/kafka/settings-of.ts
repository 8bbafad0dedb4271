import type { SecretReader } from "#adapters/secrets/secret-reader.ts";
import type { IamSession, SignIn } from "#core/migration/sign-in.ts";
import type { ClusterAddresses } from "#use-cases/ports/cluster-addresses.ts";
import type { ClusterSettings, TlsSettings } from "./cluster-settings.ts";

/** What the file declares, with what its secrets hold and where MSK says that its brokers listen. */
export const settingsOf = async (
  signIn: SignIn,
  o: {
    readonly addresses: ClusterAddresses;
    readonly secrets: SecretReader;
    readonly iamToken: (session: IamSession) => Promise<string>;
  },
): Promise<ClusterSettings> => {
  const { auth, cluster, session } = signIn;
  const bootstrapServers = await o.addresses.bootstrapServers(signIn);
  const trusted: TlsSettings = cluster.ca === undefined ? {} : { ca: cluster.ca };
  const common = { bootstrapServers, tls: signIn.tls && trusted, clientId: "sluice" };
  switch (auth.type) {
    case "none":
      return common;
    case "scram": {
      const credentials = await o.secrets.readCredentials(auth.secret);
      return { ...common, sasl: { mechanism: auth.mechanism, ...credentials }, secret: auth.secret };
    }
    case "mtls":
      return {
        ...common,
        tls: { ...trusted, ...(await o.secrets.readClientCertificate(auth.secret)) },
        secret: auth.secret,
      };
    case "iam": {
      if (session === undefined) throw new Error("auth iam without a session");
      const { principal = `the session ${session.name} of ${session.role}` } = signIn;
      return { ...common, sasl: { mechanism: "OAUTHBEARER", principal, token: () => o.iamToken(session) } };
    }
  }
};
