/** For each flag estates in which it is true, unknown, and false although it looks like it. */
import type { FlagId } from "#core/inventory/flags/flag-id.ts";
import type { Group } from "#core/inventory/group.ts";
import type { Topic } from "#core/inventory/topic.ts";
import { unknown } from "#core/inventory/unknown.ts";
import { waveFile } from "../../in-memory/migration.ts";
import { type Change, calmEstate, calmFile, calmGroup, calmItems, calmTopic } from "./calm-estate.ts";
import { acl, broker, cluster, connector, member, producer, transaction } from "./estates.ts";
import { group, offset, partition } from "./snapshots.ts";

const EVERYONE = "allow.everyone.if.no.acl.found";
const mskConfiguration = (facts: Readonly<Record<string, string>>) =>
  ({ kind: "msk-configuration", name: "settings", source: "Amazon MSK", facts }) as const;

export const dark = unknown("DescribeConfigs", "it is dark", "light it");
const topics = (...settings: Parameters<typeof calmTopic>): Change => ({
  source: { topics: [calmTopic(...settings)] },
});
const setting = (values: Readonly<Record<string, string>>): Change => topics("orders", values);
const orders = (o: Partial<Topic>): Change => topics("orders", {}, o);
const ledger = (o: Partial<Group>): Change => ({ source: { groups: [{ ...calmGroup, ...o }] } });
const rights = (...acls: readonly ReturnType<typeof acl>[]): Change => ({
  source: { acls: [...(calmItems.acls ?? []), ...acls] },
});
const gap = (kind: NonNullable<Change["gap"]>["kind"]): Change => ({ gap: { kind, of: dark } });
const committed = (value: number) => [{ topic: "orders", partition: 0, offset: offset(value), metadata: "" }];
const started = { logStart: offset(60), highWatermark: offset(100) };
const noSettings = orders({ configs: dark });
const noPartitions = orders({ partitions: dark });
const noOwner = { waves: [waveFile("orders")] };
export const at = calmEstate().source.endedAt;

type Cases = {
  /** Each with what is found. */
  readonly risks: readonly (readonly [Change, RegExp])[];
  readonly safe?: readonly Change[];
  readonly blind: readonly Change[];
};

export const CASES: Readonly<Record<FlagId, Cases>> = {
  "untranslatable-groups": {
    risks: [
      [ledger({ kind: "share" }), /share group/],
      [orders({ partitions: [partition(0, { replicas: [1, 2], ends: started })] }), /took 10 records of orders\/0/],
      [{ source: { groups: [] } }, /not on the source: its offsets have expired/],
    ],
    // At the start of the log nothing is lost.
    safe: [ledger({ offsets: committed(0) })],
    blind: [
      ledger({ kind: "unknown" }),
      ledger({ offsets: dark }),
      orders({ partitions: [partition(0, { replicas: [1, 2], ends: dark })] }),
      { source: { groups: [] }, ...gap("groups") },
    ],
  },
  "compacted-topics": {
    risks: [[setting({ "cleanup.policy": "compact,delete" }), /cleanup.policy compact,delete/]],
    blind: [noSettings, gap("topics"), { source: { topics: [] } }],
  },
  transactions: {
    risks: [
      [
        {
          source: {
            transactions: [transaction("t", 5)],
            producers: [producer(5, ["orders", "__consumer_offsets", "x"])],
          },
        },
        /couples orders with x outside, and offsets that it commits/,
      ],
    ],
    safe: [],
    blind: [{ source: { transactions: [transaction("t", 5)] } }, gap("transactions"), gap("producers")],
  },
  "streams-applications": {
    risks: [
      [ledger({ kind: "streams" }), /Kafka Streams application/],
      [
        { source: { topics: [calmTopic("orders"), calmTopic("orders-ledger-store-changelog")] } },
        /changelog topic of application orders-ledger/,
      ],
      [{ source: { topics: [calmTopic("orders"), calmTopic("x-by-key-repartition")] } }, /no group has/],
    ],
    blind: [gap("topics"), gap("groups")],
  },
  "reads-and-writes": {
    risks: [
      [rights(acl({ principal: "User:orders-ledger" })), /reads orders and writes orders of wave orders/],
      [rights(acl({ operation: "READ" })), /reads orders and writes orders/],
    ],
    safe: [
      {
        ...rights(acl({ principal: "User:orders-ledger" })),
        file: {
          waves: calmFile.waves.map((wave) => ({
            ...wave,
            clients: wave.clients.map((c) => (c.kind === "consumer" ? { ...c, kind: "both" } : c)),
          })),
        },
      },
    ],
    blind: [gap("acls"), gap("producers")],
  },
  "connect-groups": {
    risks: [
      [ledger({ protocolType: "connect" }), /group of Connect workers/],
      [{ source: { connectors: [connector("sink", { group: "orders-ledger" })] } }, /group of connector sink/],
      [{ source: { groups: [calmGroup, group("connect-s3")] } }, /named like the group of a sink/],
    ],
    blind: [gap("groups"), gap("connectors")],
  },
  owners: {
    risks: [
      [{ file: noOwner }, /writer that nobody owns: api/],
      [{ source: { topics: [calmTopic("orders"), calmTopic("lonely")] } }, /has no writer that is known/],
      [
        {
          file: {
            waves: calmFile.waves.map((w) => ({ ...w, clients: w.clients.map((c) => ({ ...c, owner: c.name })) })),
          },
          ...rights(acl({ principal: "User:orders-ledger" })),
        },
        /several owners: api, ledger/,
      ],
      [{ source: { groups: [calmGroup, group("stray")] } }, /reader that nobody owns: stray/],
    ],
    safe: [{ source: { topics: [calmTopic("orders"), calmTopic("__consumer_offsets")] } }],
    blind: [gap("acls"), gap("groups"), gap("topics")],
  },
  "inherited-settings": {
    risks: [
      [
        { target: { topics: [calmTopic("other", { "min.insync.replicas": "1" })] } },
        /is 2 where topics inherit it on the source, and 1 on the target \(orders\)/,
      ],
    ],
    // Written out on the target's topic itself; of another release.
    safe: [{ target: { topics: [calmTopic("other", { "retention.ms": "1" })] } }, setting({ "old.setting": "1" })],
    blind: [
      noSettings,
      { target: { topics: [] } },
      { target: { topics: [calmTopic("other", {}, { configs: dark })] } },
      {
        target: {
          topics: [
            calmTopic("other", {}, { configs: new Map([["min.insync.replicas", { value: "2", origin: "topic" }]]) }),
          ],
        },
      },
    ],
  },
  "log-append-time": {
    risks: [[setting({ "message.timestamp.type": "LogAppendTime" }), /when they are appended/]],
    blind: [noSettings, orders({ configs: new Map() })],
  },
  "times-ahead": {
    risks: [
      [
        orders({ partitions: [partition(0, { replicas: [1, 2], newest: { offset: offset(7), at: at + 3_600_000 } })] }),
        /3600 s ahead of the clock, at offset 7 of partition 0/,
      ],
    ],
    safe: [
      orders({ partitions: [partition(0, { replicas: [1, 2], newest: undefined })] }),
      orders({ partitions: [partition(0, { replicas: [1, 2], newest: { offset: offset(7), at: at + 30_000 } })] }),
    ],
    blind: [noPartitions, orders({ partitions: [partition(0, { replicas: [1, 2], newest: dark })] })],
  },
  "large-records": {
    risks: [[setting({ "max.message.bytes": "2000000" }), /up to 2000000 bytes/]],
    blind: [noSettings],
  },
  "short-retention": {
    risks: [
      [
        topics(
          "orders",
          { "retention.ms": "5000" },
          { partitions: [partition(0, { replicas: [1, 2], sizeBytes: 10_000_000 })] },
        ),
        /keeps records for 5 s, and its wave takes 10 s to copy/,
      ],
      [
        {
          source: {
            topics: [
              calmTopic(
                "orders",
                { "retention.bytes": "1000" },
                { partitions: [partition(0, { replicas: [1, 2], sizeBytes: 10_000_000 })] },
              ),
            ],
            throughput: [
              { topic: "orders", seconds: 1, recordsPerSecond: 1, bytesPerSecond: 500, averageRecordBytes: 1 },
            ],
          },
        },
        /keeps 1000 bytes of a partition, written in 2 s/,
      ],
    ],
    safe: [
      { ...setting({ "cleanup.policy": "compact" }), file: { estate: {} } },
      { ...setting({ "retention.ms": "-1" }), file: { estate: {} } },
      setting({ "retention.bytes": "1000" }),
    ],
    blind: [
      { file: { estate: {} } },
      noSettings,
      noPartitions,
      orders({ partitions: [partition(0, { replicas: [1, 2], sizeBytes: dark })] }),
      { source: { topics: [calmTopic("orders", { "retention.bytes": "1000" })], throughput: [] } },
    ],
  },
  "single-replicas": {
    risks: [[orders({ partitions: [partition(0), partition(1, { replicas: [1, 2] })] }), /on 1 of 2 partitions/]],
    blind: [noPartitions],
  },
  "iam-principals": {
    risks: [[rights(acl({ principal: "User:arn:aws:sts::123456789012:assumed-role/app/s" })), /principal of IAM/]],
    blind: [
      gap("acls"),
      {
        file: {
          source: {
            msk: { arn: "arn:aws:kafka:eu-west-1:123456789012:cluster/shop/1a2b" },
            auth: { type: "scram", mechanism: "SCRAM-SHA-512", secret: "s" },
          },
        },
      },
    ],
  },
  "prefixed-rights": {
    risks: [[rights(acl({ pattern: "PREFIXED", resourceName: "ord" })), /every topic that begins with ord/]],
    blind: [gap("acls")],
  },
  "wildcard-rights": {
    risks: [
      [rights(acl({ resourceName: "*" })), /WRITE every topic/],
      [rights(acl({ principal: "User:*", operation: "DESCRIBE" })), /User:\* may DESCRIBE topic orders/],
    ],
    blind: [gap("acls")],
  },
  "group-rights": {
    risks: [
      [
        rights(
          acl({ resourceType: "GROUP", resourceName: "orders-ledger", operation: "READ", principal: "User:guest" }),
        ),
        /User:guest may READ group orders-ledger/,
      ],
      [rights(acl({ principal: "Group:admins", operation: "READ" })), /who is in that group/],
    ],
    safe: [
      rights(
        acl({
          resourceType: "GROUP",
          resourceName: "orders-ledger",
          operation: "READ",
          principal: "User:orders-ledger",
        }),
      ),
    ],
    blind: [gap("acls")],
  },
  "no-authoriser": {
    risks: [
      [{ source: { cluster: [cluster({ authorizer: "none" })] } }, /nobody can be barred/],
      [{ target: { cluster: [cluster({ authorizer: "none" })] } }, /nobody can be barred/],
    ],
    blind: [{ source: { cluster: [cluster({ authorizer: dark })] } }, { target: { cluster: [] } }],
  },
  "everyone-allowed": {
    risks: [
      [{ file: { source: { ...calmFile.source, brokersAllowEveryone: "yes" } } }, /allow everyone everything/],
      [{ target: { operations: [mskConfiguration({ [EVERYONE]: "true" })] } }, /MSK configuration allows everyone/],
    ],
    safe: [
      {
        file: { source: { ...calmFile.source, brokersAllowEveryone: "unknown" } },
        source: { operations: [mskConfiguration({ [EVERYONE]: "false" })] },
      },
    ],
    blind: [
      { file: { target: { ...calmFile.target, brokersAllowEveryone: "unknown" } } },
      {
        file: { source: { ...calmFile.source, brokersAllowEveryone: "unknown" } },
        source: { operations: [mskConfiguration({})] },
      },
    ],
  },
  "super-users": {
    risks: [
      [{ file: { source: { ...calmFile.source, superUsers: ["User:root"] } } }, /no ACL bars it on the source/],
      [
        {
          source: {
            brokers: [broker(1, { configs: new Map([["super.users", { value: "User:root", origin: "file" }]]) })],
          },
        },
        /brokers name super users: User:root/,
      ],
    ],
    safe: [{ source: { cluster: [cluster({ authorizer: "none" })], brokers: [] } }],
    blind: [{ source: { brokers: [broker(1)] } }, { target: { brokers: [broker(1, { configs: dark })] } }],
  },
  "mirror-names": {
    risks: [
      [{ source: { topics: [calmTopic("orders"), calmTopic("a.internal")] } }, /never mirrors names/],
      [{ source: { topics: [calmTopic("orders"), calmTopic("a.b"), calmTopic("a_b")] } }, /differs from a_b by/],
      [{ source: { topics: [calmTopic("orders"), calmTopic("c.d")] }, target: { topics: [calmTopic("c_d")] } }, /c_d/],
    ],
    safe: [{ source: { topics: [calmTopic("orders"), calmTopic("__consumer_offsets")] } }],
    blind: [gap("topics")],
  },
  "static-members": {
    risks: [[ledger({ members: [member("a", { instanceId: "a-1" })] }), /static members: a-1/]],
    blind: [ledger({ members: dark }), gap("groups")],
  },
  "assigning-consumers": {
    risks: [[ledger({ protocolType: "", members: [] }), /its consumer assigns partitions itself/]],
    safe: [ledger({ members: [] }), ledger({ protocolType: "", members: [], offsets: [] })],
    blind: [ledger({ protocolType: "", members: dark }), ledger({ protocolType: "", members: [], offsets: dark })],
  },
};
