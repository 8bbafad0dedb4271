import type { migrationSchema } from "#core/migration/migration.ts";
import type * as z from "#core/schema.ts";

/** A small migration as the API's documentation shows it. */
export const exampleMigration: z.input<typeof migrationSchema> = {
  name: "shop",
  source: {
    bootstrapServers: ["kafka-old.example.com:9096"],
    auth: { type: "scram", mechanism: "SCRAM-SHA-512", secret: "kafka/old/sluice" },
    brokersAllowEveryone: "no",
  },
  target: {
    bootstrapServers: ["kafka-new.example.com:9096"],
    auth: { type: "scram", mechanism: "SCRAM-SHA-512", secret: "kafka/new/sluice" },
    brokersAllowEveryone: "no",
  },
  replicator: {
    forward: {
      principal: "User:mirror-forward",
      auth: { type: "scram", mechanism: "SCRAM-SHA-512", secret: "kafka/mirror-forward" },
    },
    reverse: {
      principal: "User:mirror-reverse",
      auth: { type: "scram", mechanism: "SCRAM-SHA-512", secret: "kafka/mirror-reverse" },
    },
  },
  people: [
    { id: "olga", roles: ["operator"], signsInAs: ["jwt:olga@example.com", "arn:aws:iam::123456789012:user/olga"] },
    { id: "carl", roles: ["cutover-approver", "seal-approver"], signsInAs: ["jwt:carl@example.com"] },
    { id: "sara", roles: ["seal-approver"], signsInAs: ["jwt:sara@example.com"] },
  ],
  estate: {
    snapshotMaxAgeHours: 36,
    decisions: [
      { kind: "topics", name: "payments-2019", disposition: "retire", by: "olga", reason: "unread since spring" },
    ],
    absent: [{ kind: "connectors", by: "olga", reason: "there is no Kafka Connect" }],
    waivers: [
      {
        check: "single-replicas",
        wave: "payments",
        by: "carl",
        until: "2099-12-31",
        reason: "a broker's outage may hold the wave",
      },
    ],
  },
  waves: [
    {
      name: "payments",
      topics: ["payments"],
      groups: [{ id: "ledger", owner: "team-ledger", reset: "latest" }],
      clients: [
        {
          name: "payment-api",
          kind: "producer",
          principal: "User:payment-api",
          switch: { ssm: "/payment-api/kafka/cluster" },
        },
        {
          name: "ledger",
          kind: "consumer",
          group: "ledger",
          principal: "User:ledger",
          switch: { ssm: "/ledger/kafka/cluster" },
        },
      ],
    },
  ],
};
