import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { generateAuthTokenFromCredentialsProvider } from "aws-msk-iam-sasl-signer-js";
import { callAws } from "#adapters/aws/call-aws.ts";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { IamSession } from "#core/migration/sign-in.ts";

type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
};
type AssumeRole = (session: IamSession) => () => Promise<Credentials>;

/** A token is good for 15 minutes. One signed by credentials that end sooner would end with them, and its session too short. */
const LEAST_MILLISECONDS_LEFT = 20 * 60_000;

/**
 * Tokens by which a role's session signs in to MSK. The role is assumed under the given name, never another: brokers take who
 * signs in again under another name for another principal, and refuse.
 */
export const iamTokens = (
  o: { readonly assumeRole?: AssumeRole; readonly now?: () => number } = {},
): ((session: IamSession) => Promise<string>) => {
  const { assumeRole = assumeBySts, now = Date.now } = o;
  const kept = new Map<string, Credentials>();
  const credentialsOf = async (session: IamSession): Promise<Credentials> => {
    const key = JSON.stringify(session);
    const known = kept.get(key);
    if (known?.expiration !== undefined && known.expiration.getTime() - now() > LEAST_MILLISECONDS_LEFT) return known;
    const fresh = await assumed(session, assumeRole);
    kept.set(key, fresh);
    return fresh;
  };
  return async (session) => {
    const credentials = await credentialsOf(session);
    const { token } = await generateAuthTokenFromCredentialsProvider({
      region: session.region,
      awsCredentialsProvider: async () => credentials,
    });
    return token;
  };
};

const assumed = async (session: IamSession, assumeRole: AssumeRole): Promise<Credentials> => {
  const what = `assuming role ${session.role} as session ${session.name}`;
  try {
    return await callAws(what, assumeRole(session));
  } catch (error) {
    // callAws tells what passes by itself, and missing rights, in sentences of their own.
    if (error instanceof OperatorFault && error.cause instanceof Error && error.cause.name.startsWith("AccessDenied"))
      throw new OperatorFault(
        `${what} was refused; expected the role to trust the role that Sluice runs in, and that role to be allowed sts:AssumeRole on it`,
        { cause: error },
      );
    if (error instanceof OperatorFault || error instanceof RetryableFault) throw error;
    throw new OperatorFault(
      `${what} failed: ${error instanceof Error ? error.message : String(error)}; correct the role in the migration file`,
      { cause: error },
    );
  }
};

const assumeBySts: AssumeRole = ({ name, region, role }) =>
  fromTemporaryCredentials({
    params: { RoleArn: role, RoleSessionName: name, DurationSeconds: 3600 },
    clientConfig: {
      region,
      maxAttempts: 4,
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    },
  });
