/** Puts together what signing in to a cluster takes. */
import { KafkaClient } from "@aws-sdk/client-kafka";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { clusterAddresses } from "#adapters/msk/cluster-addresses.ts";
import { type SecretReader, secretReader } from "#adapters/secrets/secret-reader.ts";
import type { IamSession } from "#core/migration/sign-in.ts";
import type { ClusterAddresses } from "#use-cases/ports/cluster-addresses.ts";
import { CLIENT, lazy } from "./wire.ts";

export const secrets: () => SecretReader = lazy(() => secretReader(new SecretsManagerClient(CLIENT)));
export const addresses: () => ClusterAddresses = lazy(() =>
  clusterAddresses({ clientIn: (region) => new KafkaClient({ ...CLIENT, region }) }),
);
/** The signer and what it brings along are loaded by those who sign in by IAM: they would cost every other cold start. */
const iamTokens = lazy(async () => (await import("#adapters/msk/iam-token.ts")).iamTokens());
/** What signing in to a cluster takes. */
export const means = lazy(() => ({
  addresses: addresses(),
  secrets: secrets(),
  iamToken: async (session: IamSession) => (await iamTokens())(session),
}));
