import * as z from "#core/schema.ts";
import { principal } from "./clusters.ts";

export const identifier = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "expected 1 to 40 of a-z, 0-9 and -, not beginning with -"));
export const topicName = z.string().check(z.regex(/^[a-zA-Z0-9._-]{1,249}$/, "expected a Kafka topic name"));

export const groupSchema = z.strictObject({
  id: z.string().check(z.minLength(1), z.maxLength(255)),
  owner: z.string().check(z.minLength(1)),
  plan: z._default(z.enum(["exact", "reset-earliest", "reset-latest"]), "exact"),
  reason: z.optional(z.string().check(z.minLength(1))).check(z.describe("Why a plan other than exact is right")),
  reset: z
    .enum(["earliest", "latest"])
    .check(z.describe("The group's auto.offset.reset: decides partitions without a commit")),
  isolation: z._default(z.enum(["read_committed", "read_uncommitted"]), "read_committed"),
  maxDuplicates: z._default(z.int().check(z.minimum(0)), 0),
  /** Keep-up gate: largest lag of this group on the target. */
  maxLagRecords: z._default(z.int().check(z.minimum(0)), 1000),
});

const switchSchema = z.strictObject({
  ssm: z.string().check(z.regex(/^\/[\w./-]+$/, "expected an SSM parameter name such as /orders/kafka/cluster")),
});

export const clientSchema = z.strictObject({
  name: identifier,
  /** `both` reads and writes topics of the wave: it moves with the producers, and its group with it. */
  kind: z.enum(["producer", "consumer", "both"]),
  group: z.optional(z.string().check(z.minLength(1))),
  owner: z
    .optional(z.string().check(z.minLength(1)))
    .check(z.describe("The team that owns it; the owner of its group unless given")),
  principal,
  switch: switchSchema,
  /** How long the client takes to stop and to start when its switch moves; must fit the freeze's deadline. */
  stopSeconds: z._default(z.number().check(z.minimum(0), z.maximum(600)), 5),
  startSeconds: z._default(z.number().check(z.minimum(0), z.maximum(600)), 5),
});

/** Each group is a few events of the wave's execution, and an execution holds 25,000: a test counts them. */
export const mostGroups = 200;

/** They are written together with their file, in one transaction of the table. */
export const mostWaves = 99;

/** A wave as a person writes it, and as an accepted plan becomes one. */
export const waveSchema = z.strictObject({
  name: identifier,
  topics: z.array(topicName).check(z.minLength(1)),
  groups: z
    .array(groupSchema)
    .check(z.maxLength(mostGroups, `at most ${mostGroups} groups move in one wave; cut it into several`)),
  clients: z.array(clientSchema),
});

export type WavePlan = z.output<typeof waveSchema>;
export type Group = WavePlan["groups"][number];
export type Client = WavePlan["clients"][number];
