/** What a plan of the waves is made from, beside the inventory: what people know of their applications, and the limits of a wave. */

import * as z from "#core/schema.ts";
import { by, COUPLED_KINDS, date, reason } from "./estate.ts";
import type { Finding } from "./finding.ts";
import { clientSchema, groupSchema, mostGroups, topicName } from "./wave-plan.ts";

/** Unknown unless given; nothing is taken to be safe because nobody spoke of it. */
const traits = {
  replaySafe: z.optional(z.boolean()).check(z.describe("Records read again do no harm")),
  stateful: z.optional(z.boolean()).check(z.describe("Keeps state that is made from the records")),
  sideEffects: z.optional(z.boolean()).check(z.describe("Acts on what is no Kafka: pays, mails, ships")),
};

const writes = z
  .optional(z.array(topicName))
  .check(z.describe("Topics, where nothing that brokers tell shows that it writes them"));
const count = z.int().check(z.positive());
const rate = z.optional(z.number().check(z.positive()));
const price = z.number().check(z.minimum(0));

const throughputSchema = z.strictObject({
  taskBytesPerSecond: rate.check(z.describe("What one task of the mirror copies")),
  taskRecordsPerSecond: rate,
  tasksPerWorker: z.optional(count).check(z.describe("So many tasks one Connect worker carries at these figures")),
  from: reason.check(z.describe("Where these figures come from")),
});

const pricesSchema = z.strictObject({
  currency: z._default(z.string().check(z.regex(/^[A-Z]{3}$/, "expected a currency such as USD")), "USD"),
  instanceHour: z.record(z.string(), price).check(z.describe("Of a broker, by instance type such as kafka.m7g.large")),
  storageGigabyteMonth: price,
  transferGigabyte: z._default(price, 0),
  workerHour: z.optional(price).check(z.describe("Of one Connect worker")),
  express: z
    .optional(
      z.strictObject({
        storageGigabyteMonth: price.check(
          z.describe("Of what is held, replicas not counted: three times the price where the list counts them"),
        ),
        ingressGigabyte: price.check(z.describe("Of what clients write")),
      }),
    )
    .check(z.describe("What MSK's Express brokers are paid by, beside their hours")),
  sourceDay: z
    .optional(price)
    .check(z.describe("What the source costs in a day; reckoned from MSK's own facts of it unless given")),
  from: reason.check(z.describe("The price list, and of which day")),
});

/** What Sluice cannot know of a target that is still to be created. */
const targetSchema = z.strictObject({
  clusterName: z
    .optional(z.string().check(z.regex(/^[a-zA-Z0-9][a-zA-Z0-9-]{0,63}$/, "expected 1 to 64 of a-z, A-Z, 0-9 and -")))
    .check(z.describe("The migration's name unless given")),
  kafkaVersion: z
    .optional(z.string().check(z.regex(/^\d+\.\d+\.[\w.]+$/, "expected a version as MSK names it, such as 3.9.x")))
    .check(z.describe("As MSK names it")),
  instanceType: z
    .optional(
      z
        .string()
        .check(z.regex(/^(kafka|express)\.\w+\.\w+$/, "expected a size of MSK's brokers such as kafka.m7g.large")),
    )
    .check(z.describe("Of its brokers; the cheapest or smallest that carries the load unless given")),
  subnets: z
    .optional(z.array(z.string().check(z.minLength(1))).check(z.minLength(2), z.maxLength(3)))
    .check(z.describe("One in each zone; three zones unless given")),
  securityGroups: z.optional(z.array(z.string().check(z.minLength(1))).check(z.minLength(1))),
  certificateAuthorities: z
    .optional(z.array(z.string().check(z.minLength(1))).check(z.minLength(1)))
    .check(z.describe("ARNs of the private authorities that sign clients' certificates; for auth mtls")),
});

export const planningSchema = z.strictObject({
  clients: z._default(z.array(z.extend(clientSchema, { ...traits, writes })), []),
  groups: z._default(z.array(z.extend(groupSchema, traits)), []),
  connectors: z
    ._default(z.array(z.strictObject({ name: z.string().check(z.minLength(1)), ...traits })), [])
    .check(z.describe("By workers/name")),
  /** An edge by its name: the item stays on the source for a while although what it is coupled to moves. */
  loosened: z._default(
    z.array(
      z.strictObject({
        kind: z.enum(COUPLED_KINDS),
        name: z.string().check(z.minLength(1)),
        topic: z.optional(z.string().check(z.minLength(1))).check(z.describe("All that couple it, unless given")),
        by,
        until: date,
        reason,
      }),
    ),
    [],
  ),
  /** Of one wave. */
  limits: z.prefault(
    z.strictObject({
      partitions: z._default(count, 500),
      bytes: z._default(count, 1e12),
      teams: z._default(count, 5),
      groups: z._default(z.int().check(z.positive(), z.maximum(mostGroups)), 50),
      drainSeconds: rate.check(z.describe("What a freeze may wait for the mirror; policy.drainSeconds unless given")),
    }),
    {},
  ),
  throughput: z.optional(throughputSchema),
  prices: z.optional(pricesSchema),
  target: z.optional(targetSchema),
  headroom: z
    ._default(z.number().check(z.minimum(0), z.maximum(0.9)), 0.4)
    .check(z.describe("The share of the target that stays free")),
  rollbackHours: z
    .optional(z.number().check(z.positive()))
    .check(z.describe("How long the business wants to be able to go back")),
});
export type Planning = z.output<typeof planningSchema>;
export type Traits = Pick<Planning["groups"][number], keyof typeof traits>;

type File = {
  readonly planning?: Planning | undefined;
  readonly people: readonly { readonly id: string }[];
  readonly waves: readonly {
    readonly groups: readonly { readonly id: string }[];
    readonly clients: readonly { readonly name: string }[];
  }[];
};

/** Said by nobody, said twice, or about a group that is not there. */
export function* planningFindings({ planning, people, waves }: File): Generator<Finding> {
  if (planning === undefined) {
    if (waves.length === 0)
      yield {
        path: ["waves"],
        value: waves,
        message: "names no wave; expected one, or a section planning from which a plan of the waves is proposed",
      };
    return;
  }
  const persons = people.map(({ id }) => id);
  for (const [l, { by: who }] of planning.loosened.entries())
    if (!persons.includes(who))
      yield {
        path: ["planning", "loosened", l, "by"],
        value: who,
        message: `expected the id of a person of this file: ${persons.join(", ")}`,
      };
  const keys = {
    clients: planning.clients.map(({ name }) => name),
    groups: planning.groups.map(({ id }) => id),
    connectors: planning.connectors.map(({ name }) => name),
    loosened: planning.loosened.map(({ kind, name, topic }) => JSON.stringify([kind, name, topic])),
  };
  for (const [list, names] of Object.entries(keys)) {
    const first = new Map<string, number>();
    for (const [i, name] of names.entries()) {
      const before = first.get(name);
      if (before !== undefined)
        yield {
          path: ["planning", list, i, list === "groups" ? "id" : "name"],
          value: list === "loosened" ? planning.loosened[i]?.name : name,
          message: `is said already in planning.${list}[${before}]; remove one of the two`,
        };
      first.set(name, before ?? i);
    }
  }
  const groups = new Set([...keys.groups, ...waves.flatMap((wave) => wave.groups.map(({ id }) => id))]);
  for (const [c, { kind, group }] of planning.clients.entries()) {
    const path = ["planning", "clients", c, "group"];
    if (kind === "producer" && group !== undefined)
      yield { path, value: group, message: "a producer has no group; leave it out, or make it kind both" };
    if (kind !== "producer" && !groups.has(group ?? ""))
      yield { path, value: group, message: "expected the id of a group of planning.groups, or of a wave" };
  }
  for (const [g, group] of planning.groups.entries())
    if (group.plan !== "exact" && group.reason === undefined)
      yield {
        path: ["planning", "groups", g, "reason"],
        value: undefined,
        message: `is missing; plan ${group.plan} needs a reason`,
      };
}
