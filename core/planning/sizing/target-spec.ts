import type { Broker } from "#core/inventory/brokers.ts";
import { isUnknown, type Listing, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import type { Migration } from "#core/migration/migration.ts";
import { mirrorSignIn } from "#core/migration/sign-in.ts";
import type { BrokerKind } from "./msk-instances.ts";
import type { Candidate } from "./target-size.ts";

/** What CreateConfiguration takes; `ServerProperties` are the file's text, which the API takes as bytes. */
export type ConfigurationSpec = {
  readonly Name: string;
  readonly Description: string;
  readonly KafkaVersions: string[];
  readonly ServerProperties: string;
};

/** What CreateClusterV2 takes, but for the configuration, whose ARN is known once it is created. */
export type ClusterSpec = {
  readonly ClusterName: string;
  readonly Tags: Record<string, string>;
  readonly Provisioned: {
    readonly BrokerNodeGroupInfo: {
      readonly InstanceType: string;
      readonly ClientSubnets: string[];
      readonly SecurityGroups: string[];
      readonly StorageInfo?: { readonly EbsStorageInfo: { readonly VolumeSize: number } };
    };
    readonly ClientAuthentication: {
      readonly Sasl?: { readonly Scram?: { readonly Enabled: true }; readonly Iam?: { readonly Enabled: true } };
      readonly Tls?: { readonly Enabled: true; readonly CertificateAuthorityArnList: string[] };
      readonly Unauthenticated: { readonly Enabled: boolean };
    };
    readonly EncryptionInfo: {
      readonly EncryptionInTransit: { readonly ClientBroker: "TLS" | "TLS_PLAINTEXT"; readonly InCluster: true };
    };
    readonly EnhancedMonitoring: "PER_BROKER";
    readonly KafkaVersion: string;
    readonly NumberOfBrokerNodes: number;
  };
};

export type TargetSpec = {
  readonly createConfiguration: ConfigurationSpec;
  readonly createClusterV2: ClusterSpec;
};

/** What the file must say first is unknown with all of it named. */
export function targetSpec(
  migration: Pick<Migration, "name" | "source" | "target" | "planning" | "replicator">,
  chosen: OrUnknown<Candidate>,
  of: {
    readonly replicas: number;
    readonly brokers: Listing<Broker>;
    readonly known:
      | {
          readonly kafkaVersion?: string;
          readonly subnets?: readonly string[];
          readonly securityGroups?: readonly string[];
        }
      | undefined;
  },
): OrUnknown<TargetSpec> {
  if (isUnknown(chosen)) return chosen;
  const wanted = migration.planning?.target;
  const kafkaVersion = wanted?.kafkaVersion ?? of.known?.kafkaVersion;
  const subnets = wanted?.subnets ?? of.known?.subnets;
  const securityGroups = wanted?.securityGroups ?? of.known?.securityGroups;
  const auth = authOf(migration);
  const missing = [
    kafkaVersion === undefined && "kafkaVersion",
    subnets === undefined && "subnets",
    securityGroups === undefined && "securityGroups",
    auth.types.has("mtls") && wanted?.certificateAuthorities === undefined && "certificateAuthorities",
  ].filter((field) => field !== false);
  if (kafkaVersion === undefined || subnets === undefined || securityGroups === undefined || missing.length > 0)
    return unknown(
      "migration file",
      `the file does not say ${missing.join(", ")} of the target`,
      `set ${missing.map((field) => `planning.target.${field}`).join(", ")}`,
    );
  const name = wanted?.clusterName ?? migration.name;
  const { volumeGibibytes } = chosen;
  return {
    createConfiguration: {
      Name: name,
      Description: `Target of the migration ${migration.name}`,
      KafkaVersions: [kafkaVersion],
      ServerProperties: serverProperties(chosen.kind, of.replicas, of.brokers),
    },
    createClusterV2: {
      ClusterName: name,
      Tags: { "sluice:migration": migration.name },
      Provisioned: {
        BrokerNodeGroupInfo: {
          InstanceType: chosen.instance,
          ClientSubnets: [...subnets],
          SecurityGroups: [...securityGroups],
          ...(volumeGibibytes === undefined
            ? {}
            : { StorageInfo: { EbsStorageInfo: { VolumeSize: volumeGibibytes } } }),
        },
        ClientAuthentication: {
          ...(auth.types.has("scram") || auth.types.has("iam")
            ? {
                Sasl: {
                  ...(auth.types.has("scram") ? { Scram: { Enabled: true } } : {}),
                  ...(auth.types.has("iam") ? { Iam: { Enabled: true } } : {}),
                },
              }
            : {}),
          ...(auth.types.has("mtls")
            ? { Tls: { Enabled: true, CertificateAuthorityArnList: [...(wanted?.certificateAuthorities ?? [])] } }
            : {}),
          Unauthenticated: { Enabled: auth.types.has("none") },
        },
        EncryptionInfo: {
          EncryptionInTransit: { ClientBroker: auth.isPlaintext ? "TLS_PLAINTEXT" : "TLS", InCluster: true },
        },
        EnhancedMonitoring: "PER_BROKER",
        KafkaVersion: kafkaVersion,
        NumberOfBrokerNodes: chosen.brokers,
      },
    },
  };
}

/** Every sign-in that the file names on the target: Sluice's own and both mirrors'. */
function authOf(migration: Parameters<typeof targetSpec>[0]) {
  const mirrors = (["forward", "reverse"] as const).map((direction) => mirrorSignIn(migration, direction, "target"));
  const types = new Set<string>([migration.target.auth.type, ...mirrors.map(({ auth }) => auth.type)]);
  return { types, isPlaintext: types.has("none") && mirrors.some(({ tls }) => !tls) };
}

/** Brokers' settings that people chose on the source and that applications can feel; MSK lets its Standard brokers have each of them. */
const CARRIED: Readonly<Record<BrokerKind, readonly string[]>> = {
  standard: [
    "compression.type",
    "connections.max.idle.ms",
    "delete.topic.enable",
    "group.initial.rebalance.delay.ms",
    "group.max.session.timeout.ms",
    "group.min.session.timeout.ms",
    "log.message.timestamp.type",
    "message.max.bytes",
    "num.partitions",
    "offset.metadata.max.bytes",
    "offsets.retention.minutes",
    "transaction.max.timeout.ms",
    "transactional.id.expiration.ms",
  ],
  express: ["compression.type", "connections.max.idle.ms", "delete.topic.enable", "group.initial.rebalance.delay.ms"],
};

/** `allow.everyone.if.no.acl.found` stays MSK's own: who sets it to false before the first ACL locks everyone out. */
export function serverProperties(kind: BrokerKind, replicas: number, brokers: Listing<Broker>): string {
  const own: Record<string, string> =
    kind === "express"
      ? { "auto.create.topics.enable": "false" }
      : {
          "auto.create.topics.enable": "false",
          "default.replication.factor": String(replicas),
          "min.insync.replicas": String(Math.max(1, replicas - 1)),
          "unclean.leader.election.enable": "false",
        };
  const carried = CARRIED[kind].flatMap((name) => {
    const value = agreed(name, brokers);
    return value === undefined ? [] : [[name, value] as const];
  });
  return [...Object.entries(own), ...carried]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/** Set by people, and the same on every broker that told. */
function agreed(name: string, { items }: Listing<Broker>): string | undefined {
  const values = new Set<string>();
  for (const { configs } of items) {
    if (isUnknown(configs)) continue;
    const config = configs.get(name);
    if (config === undefined || config.value === null || config.origin === "default") return undefined;
    values.add(config.value);
  }
  const [value] = values;
  return values.size === 1 ? value : undefined;
}

/** As the SDK's CreateConfigurationCommand takes it. */
export const configurationInput = ({ ServerProperties, ...rest }: ConfigurationSpec) => ({
  ...rest,
  ServerProperties: new TextEncoder().encode(ServerProperties),
});

/** As the SDK's CreateClusterV2Command takes it, once the configuration is there. */
export const clusterInput = (
  { Provisioned, ...rest }: ClusterSpec,
  configuration: { readonly Arn: string; readonly Revision: number },
) => ({ ...rest, Provisioned: { ...Provisioned, ConfigurationInfo: configuration } });
