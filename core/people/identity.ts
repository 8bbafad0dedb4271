/** How a caller of the API is told apart from any other: a JWT's subject, or an IAM principal. */
export type Identity =
  | { readonly kind: "jwt"; readonly subject: string }
  | { readonly kind: "iam-user"; readonly partition: string; readonly account: string; readonly user: string }
  /** Whoever assumes it is the same one: a session's name is chosen by whoever assumes the role. */
  | { readonly kind: "iam-role"; readonly partition: string; readonly account: string; readonly role: string }
  | {
      readonly kind: "iam-session";
      readonly partition: string;
      readonly account: string;
      readonly role: string;
      readonly session: string;
    };

/** The IAM role itself, whatever its path: a role's name is given once in an account, and a session's ARN carries no path. */
export type IamRole = Pick<Extract<Identity, { kind: "iam-role" }>, "partition" | "account" | "role">;

const JWT = /^jwt:(\S{1,255})$/;
const USER = /^arn:(aws[\w-]*):iam::(\d{12}):user\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]{1,64})$/;
const ROLE = /^arn:(aws[\w-]*):iam::(\d{12}):role\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]{1,64})$/;
const SESSION = /^arn:(aws[\w-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/([\w+=,.@-]{2,64})$/;

export const EXPECTED_IDENTITY =
  'expected "jwt:" and a token\'s subject, or the ARN of an IAM user (arn:aws:iam::<account>:user/<name>), of a role that one person alone can assume (arn:aws:iam::<account>:role/<name>), or of a single sign-on session (arn:aws:sts::<account>:assumed-role/<role>/<session>)';

/** As a person writes it, or as API Gateway tells it; undefined: it tells nobody apart. */
export const parseIdentity = (text: string): Identity | undefined => {
  const jwt = JWT.exec(text);
  if (jwt !== null) return { kind: "jwt", subject: jwt[1] ?? "" };
  const [, partition = "", account = "", name = "", session = ""] =
    USER.exec(text) ?? ROLE.exec(text) ?? SESSION.exec(text) ?? [];
  if (name === "") return undefined;
  if (USER.test(text)) return { kind: "iam-user", partition, account, user: name };
  if (ROLE.test(text)) return { kind: "iam-role", partition, account, role: name };
  return { kind: "iam-session", partition, account, role: name, session };
};

/** One text for one identity: two that are written differently and are the same become the same. */
export const identityText = (identity: Identity): string => {
  switch (identity.kind) {
    case "jwt":
      return `jwt:${identity.subject}`;
    case "iam-user":
      return `arn:${identity.partition}:iam::${identity.account}:user/${identity.user}`;
    case "iam-role":
      return roleText(identity);
    case "iam-session":
      return `arn:${identity.partition}:sts::${identity.account}:assumed-role/${identity.role}/${identity.session}`;
  }
};

export const roleText = ({ partition, account, role }: IamRole): string =>
  `arn:${partition}:iam::${account}:role/${role}`;

/**
 * Who a session is: itself where its role is one of single sign-on, which names the session after the person who signed in;
 * of any other role whoever can assume it, all of them one.
 */
export const toldApart = (identity: Identity, ssoRoles: ReadonlySet<string>): Identity => {
  if (identity.kind !== "iam-session" || ssoRoles.has(roleText(identity))) return identity;
  const { partition, account, role } = identity;
  return { kind: "iam-role", partition, account, role };
};

/** Why nobody could ever call as this identity, as the deployment tells callers apart; undefined: somebody can. */
export const neverSeen = (identity: Identity, ssoRoles: ReadonlySet<string>): string | undefined => {
  if (identity.kind === "iam-session" && !ssoRoles.has(roleText(identity)))
    return `the session's name identifies nobody, since whoever assumes ${roleText(identity)} chooses it; name the role itself if one person alone can assume it, or add it to SLUICE_SSO_ROLES of the deployment if single sign-on names its sessions`;
  if (identity.kind === "iam-role" && ssoRoles.has(roleText(identity)))
    return `${roleText(identity)} is a role of single sign-on (SLUICE_SSO_ROLES), which many people share; name the person's session: arn:${identity.partition}:sts::${identity.account}:assumed-role/${identity.role}/<session>`;
  return undefined;
};
