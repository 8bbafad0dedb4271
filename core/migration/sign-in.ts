import type { Side } from "#core/kafka/offset.ts";
import type { Auth, Cluster, Mirror } from "./clusters.ts";

/** One party's way into one cluster, as the file declares it. */
export type SignIn = {
  readonly cluster: Cluster;
  readonly auth: Auth;
  readonly tls: boolean;
  /** The listener, where it is named; else MSK is asked for it. */
  readonly bootstrapServers: readonly string[] | undefined;
  /** Who the brokers take the party for; undefined where only its secret or its certificate says so. */
  readonly principal: string | undefined;
  /** For auth iam: under which session the role is assumed, and where the cluster is. */
  readonly session?: IamSession;
};

export type IamSession = { readonly role: string; readonly name: string; readonly region: string };

type Named = {
  readonly name: string;
  readonly source: Cluster;
  readonly target: Cluster;
  readonly replicator: Readonly<Record<"forward" | "reverse", Mirror>>;
};

/** How Sluice itself signs in. */
export const ownSignIn = (migration: Named, side: Side): SignIn => {
  const cluster = migration[side];
  return signIn(cluster, cluster.auth, cluster.bootstrapServers, undefined, `sluice-${migration.name}`);
};

/** How a direction's mirror signs in on one side. */
export const mirrorSignIn = (migration: Named, direction: "forward" | "reverse", side: Side): SignIn => {
  const mirror = migration.replicator[direction];
  const end = side === "source" ? mirror.onSource : mirror.onTarget;
  const cluster = migration[side];
  return signIn(
    cluster,
    end?.auth ?? mirror.auth ?? { type: "none" },
    end?.bootstrapServers ?? cluster.bootstrapServers,
    end?.principal ?? mirror.principal,
    `sluice-${migration.name}-${direction}`,
  );
};

/** Who a direction's mirror is and by which secrets, for sentences about it; on both sides mostly the same. */
export const mirrorIdentity = (
  migration: Named,
  direction: "forward" | "reverse",
): { readonly principal: string; readonly secret: string | undefined } => {
  const both = (["source", "target"] as const).map((side) => mirrorSignIn(migration, direction, side));
  const listed = (names: readonly (string | undefined)[]): string | undefined =>
    [...new Set(names.filter((name) => name !== undefined))].join(" and ") || undefined;
  return {
    principal: listed(both.map(({ principal }) => principal)) ?? `the ${direction} mirror`,
    secret: listed(both.map(({ auth }) => ("secret" in auth ? auth.secret : undefined))),
  };
};

/** Who acts on the clusters for a migration, as far as the file says it: what brokers log and policies must name. */
export const principalsOf = (migration: Named): Readonly<Record<string, Readonly<Record<string, string>>>> => {
  const onBoth = (of: (side: Side) => SignIn) =>
    Object.fromEntries(
      (["source", "target"] as const).flatMap((side) => {
        const { principal } = of(side);
        return principal === undefined ? [] : [[side, principal]];
      }),
    );
  return {
    sluice: onBoth((side) => ownSignIn(migration, side)),
    forward: onBoth((side) => mirrorSignIn(migration, "forward", side)),
    reverse: onBoth((side) => mirrorSignIn(migration, "reverse", side)),
  };
};

/** IAM principals are bound by their role's policies alone: Kafka's ACLs neither let them in nor bar them. */
export const isBoundByAcls = (signIn: SignIn): boolean => signIn.auth.type !== "iam";

/** The names of all secrets that a sign-in of the migration needs. */
export const secretsOf = (migration: Named): readonly string[] => {
  const auths = (["source", "target"] as const).flatMap((side) => [
    ownSignIn(migration, side).auth,
    mirrorSignIn(migration, "forward", side).auth,
    mirrorSignIn(migration, "reverse", side).auth,
  ]);
  return [...new Set(auths.flatMap((auth) => ("secret" in auth ? [auth.secret] : [])))];
};

/** Those by which a snapshot signs in to registries and Connect workers; no step of a wave needs them. */
export const inventorySecretsOf = (migration: Pick<Named, "source" | "target">): readonly string[] => [
  ...new Set(
    (["source", "target"] as const).flatMap((side) => {
      const { schemaRegistry, connectClusters = [] } = migration[side];
      return [...(schemaRegistry === undefined ? [] : [schemaRegistry]), ...connectClusters].flatMap(({ auth }) =>
        auth !== undefined && "secret" in auth ? [auth.secret] : [],
      );
    }),
  ),
];

export const usesTls = (cluster: Pick<Cluster, "tls" | "msk" | "ca">, auth: Auth): boolean =>
  cluster.tls ?? (cluster.msk !== undefined || cluster.ca !== undefined || auth.type === "mtls" || auth.type === "iam");

export const regionOf = (cluster: Pick<Cluster, "msk">, auth: Auth): string | undefined =>
  (auth.type === "iam" ? auth.region : undefined) ?? cluster.msk?.arn.split(":")[3];

const signIn = (
  cluster: Cluster,
  auth: Auth,
  bootstrapServers: readonly string[] | undefined,
  declared: string | undefined,
  defaultSession: string,
): SignIn => {
  const common = { cluster, auth, bootstrapServers, tls: usesTls(cluster, auth) };
  if (auth.type !== "iam")
    return { ...common, principal: auth.type === "none" && declared === undefined ? "User:ANONYMOUS" : declared };
  const name = auth.sessionName ?? defaultSession;
  const session = { role: auth.role, name, region: regionOf(cluster, auth) ?? "" };
  return { ...common, principal: sessionPrincipal(auth.role, name), session };
};

/** As MSK's brokers name a role's session; a role's path is no part of it. */
const sessionPrincipal = (role: string, session: string): string => {
  const [, partition = "aws", , , account = ""] = role.split(":");
  return `IAM:arn:${partition}:sts::${account}:assumed-role/${role.slice(role.lastIndexOf("/") + 1)}/${session}`;
};
