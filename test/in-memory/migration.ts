import { type Migration, migrationSchema } from "#core/migration/migration.ts";
import type { Posting } from "#core/people/posting.ts";

/** A wave of one topic, one group, a producer and a consumer, all named after it. */
export const waveFile = (name: string) => ({
  name,
  topics: [name],
  groups: [{ id: `${name}-ledger`, owner: "team-ledger", reset: "latest" }],
  clients: [
    { name: "api", kind: "producer", principal: `User:${name}-api`, switch: { ssm: `/${name}/kafka/cluster` } },
    {
      name: "ledger",
      kind: "consumer",
      group: `${name}-ledger`,
      principal: `User:${name}-ledger`,
      switch: { ssm: `/${name}-ledger/kafka/cluster` },
    },
  ],
});

/** The same with a client that reads the wave's first topic and writes to a second one. */
export const waveWithBoth = (name: string) => {
  const wave = waveFile(name);
  return {
    ...wave,
    topics: [name, `${name}-settled`],
    groups: [...wave.groups, { id: `${name}-settler`, owner: "team-settlement", reset: "earliest" }],
    clients: [
      ...wave.clients,
      {
        name: "settler",
        kind: "both",
        group: `${name}-settler`,
        principal: `User:${name}-settler`,
        switch: { ssm: `/${name}-settler/kafka/cluster` },
      },
    ],
  };
};

/** A valid migration file as a person would post it; `changes` replaces top-level members. */
export const migrationFile = (changes: Readonly<Record<string, unknown>> = {}) => ({
  name: "shop",
  source: {
    bootstrapServers: ["old-1:9092"],
    auth: { type: "scram", mechanism: "SCRAM-SHA-256", secret: "shop/source" },
  },
  target: {
    bootstrapServers: ["new-1:9092"],
    auth: { type: "scram", mechanism: "SCRAM-SHA-256", secret: "shop/target" },
  },
  replicator: {
    forward: { principal: "User:mirror-forward", auth: { type: "none" } },
    reverse: { principal: "User:mirror-reverse", auth: { type: "none" } },
  },
  people: [
    { id: "olga", roles: ["operator"] },
    { id: "carl", roles: ["cutover-approver"] },
    { id: "sara", roles: ["seal-approver"] },
  ],
  waves: [waveFile("payments"), waveFile("orders")],
  ...changes,
});

export const migration = (changes: Readonly<Record<string, unknown>> = {}): Migration =>
  migrationSchema.parse(migrationFile(changes));

/** For stores that must be told who posted, where a test does not mind. */
export const POSTING: Posting = { by: "olga", signedInAs: "jwt:olga", at: 1_800_000_000_000 };
