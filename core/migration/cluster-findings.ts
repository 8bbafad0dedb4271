import type { Auth, Cluster, Mirror } from "./clusters.ts";
import type { Finding } from "./finding.ts";
import { httpServerFindings } from "./http-servers.ts";
import { mirrorSignIn, regionOf, usesTls } from "./sign-in.ts";

type Path = Finding["path"];
type Named = {
  name: string;
  source: Cluster;
  target: Cluster;
  replicator: Readonly<Record<"forward" | "reverse", Mirror>>;
};

const SIDES = ["source", "target"] as const;
const DIRECTIONS = ["forward", "reverse"] as const;

/** Clusters named in no way or in two, and sign-ins that their listeners cannot take. */
export function* clusterFindings(file: Named): Generator<Finding> {
  for (const side of SIDES) {
    const cluster = file[side];
    if (cluster.bootstrapServers === undefined && cluster.msk === undefined)
      yield {
        path: [side, "bootstrapServers"],
        value: undefined,
        message: "is missing; expected bootstrapServers with host:port, or msk with the ARN of an MSK cluster",
      };
    if (cluster.bootstrapServers !== undefined && cluster.msk !== undefined)
      yield {
        path: [side, "msk"],
        value: cluster.msk.arn,
        message: "names the cluster beside bootstrapServers; expected one of the two: leave the other out",
      };
    if (cluster.ca !== undefined && cluster.tls === false)
      yield {
        path: [side, "tls"],
        value: false,
        message: "there are no certificates to trust without TLS; leave ca out, or this",
      };
    yield* authFindings(cluster, cluster.auth, [side, "auth"], [side, "tls"], true);
    yield* httpServerFindings(side, cluster);
  }
  for (const direction of DIRECTIONS) {
    const mirror = file.replicator[direction];
    for (const side of SIDES) yield* mirrorFindings(file, direction, side);
    if (
      mirror.principal !== undefined &&
      SIDES.every((side) => mirrorSignIn(file, direction, side).auth.type === "iam")
    )
      yield {
        path: ["replicator", direction, "principal"],
        value: mirror.principal,
        message: "is used on neither cluster: with auth iam the principal is the role's session; leave it out",
      };
  }
  for (const side of SIDES) {
    const { principal } = mirrorSignIn(file, "forward", side);
    const end = side === "source" ? "onSource" : "onTarget";
    if (principal === undefined || principal !== mirrorSignIn(file, "reverse", side).principal) continue;
    yield {
      path: [
        "replicator",
        "reverse",
        ...(file.replicator.reverse[end]?.principal === undefined ? [] : [end]),
        "principal",
      ],
      value: principal,
      message: "is also the forward mirror's principal; expected a principal per direction, used by nothing else",
    };
    break;
  }
}

function* mirrorFindings(file: Named, direction: "forward" | "reverse", side: "source" | "target"): Generator<Finding> {
  const mirror = file.replicator[direction];
  const key = side === "source" ? "onSource" : "onTarget";
  const end = mirror[key];
  const path: Path = ["replicator", direction, ...(end === undefined ? [] : [key])];
  const auth = end?.auth ?? mirror.auth;
  if (auth === undefined) {
    yield {
      path: [...path, "auth"],
      value: undefined,
      message: `is missing; expected how the ${direction} mirror signs in on the ${side}, here for both clusters or under ${key}`,
    };
    return;
  }
  if (auth.type === "iam" && end?.principal !== undefined)
    yield {
      path: [...path, "principal"],
      value: end.principal,
      message: "is not used: with auth iam the principal is the role's session; leave it out",
    };
  if (auth.type !== "iam" && end?.principal === undefined && mirror.principal === undefined)
    yield {
      path: ["replicator", direction, "principal"],
      value: undefined,
      message: `is missing; expected who the ${direction} mirror is on the ${side}, such as "User:mirror-${direction}"`,
    };
  // Once for a sign-in that both sides share is enough only where it fits both: each side is asked.
  yield* authFindings(file[side], auth, [...path, "auth"], [side, "tls"], false);
}

function* authFindings(cluster: Cluster, auth: Auth, at: Path, tls: Path, isOwn: boolean): Generator<Finding> {
  const needsTls = auth.type === "mtls" || auth.type === "iam" || (cluster.msk !== undefined && auth.type === "scram");
  if (needsTls && !usesTls(cluster, auth))
    yield {
      path: tls,
      value: cluster.tls,
      message: `auth ${auth.type} of ${isOwn ? "this cluster" : at.join(".")} goes over TLS only; leave tls out, or set it to true`,
    };
  if (cluster.msk !== undefined && auth.type === "scram" && auth.mechanism !== "SCRAM-SHA-512")
    yield { path: [...at, "mechanism"], value: auth.mechanism, message: "MSK knows no other than SCRAM-SHA-512" };
  if (auth.type === "iam" && regionOf(cluster, auth) === undefined)
    yield {
      path: [...at, "region"],
      value: undefined,
      message: "is missing; expected the cluster's AWS region such as eu-west-1, which the sign-in is signed for",
    };
}
