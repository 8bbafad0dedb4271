import { personSchema, sharedIdentities } from "#core/people/people.ts";
import * as z from "#core/schema.ts";
import { clusterFindings } from "./cluster-findings.ts";
import { clusterSchema, mirrorSchema } from "./clusters.ts";
import { cutoverSeconds, policySchema } from "./defaults.ts";
import { type EstateDecisions, estateFindings, estateSchema } from "./estate.ts";
import type { Finding } from "./finding.ts";
import { type Planning, planningFindings, planningSchema } from "./planning.ts";
import { mirrorSignIn } from "./sign-in.ts";
import { type Client, identifier, type WavePlan, waveSchema } from "./wave-plan.ts";

export type { Client, Group, WavePlan } from "./wave-plan.ts";

const replicatorSchema = z.strictObject({
  forward: mirrorSchema,
  reverse: mirrorSchema,
  tasksPerConnector: z._default(z.int().check(z.minimum(1), z.maximum(64)), 2),
  emitsOffsetSyncs: z
    ._default(z.boolean(), false)
    .check(z.describe("Also write MirrorMaker's own offset syncs, to compare with its checkpoints")),
});

/** A file that is stored: it was checked whole when it was posted, and functions that only read it do not carry those checks. */
export const storedMigrationSchema = z.strictObject({
  name: identifier,
  source: clusterSchema,
  target: clusterSchema,
  replicator: replicatorSchema,
  people: z.array(personSchema).check(z.minLength(1)),
  policy: z.prefault(policySchema, {}),
  waves: z.array(waveSchema),
  planning: z.optional(planningSchema),
  estate: z.optional(estateSchema),
});

const checkedWhole = (schema: typeof storedMigrationSchema) =>
  schema.check(
    z.superRefine((file, context) => {
      for (const finding of crossReferenceFindings(file))
        context.addIssue({ code: "custom", path: [...finding.path], message: finding.message, input: finding.value });
    }),
  );

/** What a person posts. */
// Without the mark every function would carry the checks.
export const migrationSchema = /* @__PURE__ */ checkedWhole(storedMigrationSchema);

export type Migration = z.output<typeof storedMigrationSchema>;

type Unchecked = {
  name: string;
  source: z.output<typeof clusterSchema>;
  target: z.output<typeof clusterSchema>;
  people: z.output<typeof personSchema>[];
  policy: z.output<typeof policySchema>;
  waves: WavePlan[];
  planning?: Planning | undefined;
  replicator: z.output<typeof replicatorSchema>;
  estate?: EstateDecisions | undefined;
};

/** What no single field shows: names used twice, references to nothing, times that cannot fit. */
function* crossReferenceFindings(file: Unchecked): Generator<Finding> {
  yield* repeated(
    file.people,
    (p) => p.id,
    (i) => ["people", i, "id"],
    "person",
  );
  yield* sharedIdentities(file.people);
  yield* repeated(
    file.waves,
    (w) => w.name,
    (i) => ["waves", i, "name"],
    "wave",
  );
  yield* clusterFindings(file);
  if (file.policy.freezeDeadlineSeconds <= deadlineMarginSeconds)
    yield {
      path: ["policy", "freezeDeadlineSeconds"],
      value: file.policy.freezeDeadlineSeconds,
      message: `leaves no time: a freeze thaws by itself ${deadlineMarginSeconds} s before its deadline; expected more than that, at most ${cutoverSeconds}`,
    };
  yield* rollbackFindings(file);
  yield* estateFindings(file);
  yield* planningFindings(file);
  const mirrors = new Set(
    (["forward", "reverse"] as const).flatMap((direction) =>
      (["source", "target"] as const).map((side) => mirrorSignIn(file, direction, side).principal),
    ),
  );
  const topicOwner = new Map<string, string>();
  const groupOwner = new Map<string, string>();
  const switchOwner = new Map<string, { readonly wave: string; readonly client: Client }>();
  for (const [w, wave] of file.waves.entries()) {
    for (const [t, topic] of wave.topics.entries()) {
      const owner = topicOwner.get(topic);
      if (owner !== undefined)
        yield {
          path: ["waves", w, "topics", t],
          value: topic,
          message: `is already in wave ${owner}; a topic moves once`,
        };
      topicOwner.set(topic, wave.name);
      const excluded = mirrorExcludes(topic);
      if (excluded !== undefined) yield { path: ["waves", w, "topics", t], value: topic, message: excluded };
    }
    for (const [g, group] of wave.groups.entries()) {
      const owner = groupOwner.get(group.id);
      if (owner !== undefined)
        yield {
          path: ["waves", w, "groups", g, "id"],
          value: group.id,
          message: `is already in wave ${owner}; a group moves once`,
        };
      groupOwner.set(group.id, wave.name);
      if (group.plan !== "exact" && group.reason === undefined)
        yield {
          path: ["waves", w, "groups", g, "reason"],
          value: undefined,
          message: `is missing; plan ${group.plan} needs a reason`,
        };
    }
    yield* repeated(
      wave.clients,
      (c) => c.name,
      (i) => ["waves", w, "clients", i, "name"],
      "client of this wave",
    );
    const clientOfGroup = new Map<string, string>();
    for (const [c, client] of wave.clients.entries()) {
      const path = ["waves", w, "clients", c];
      const switched = switchOwner.get(client.switch.ssm);
      // Those that write stop and start together in one wave; any other two would be moved by each other's step.
      if (switched !== undefined && !(switched.wave === wave.name && isWriter(switched.client) && isWriter(client)))
        yield {
          path: [...path, "switch", "ssm"],
          value: client.switch.ssm,
          message: `also switches client ${switched.client.name} of wave ${switched.wave}, which moves at another time; expected a parameter of its own`,
        };
      switchOwner.set(client.switch.ssm, switched ?? { wave: wave.name, client });
      const other = client.kind === "producer" ? undefined : clientOfGroup.get(client.group ?? "");
      if (other !== undefined)
        yield {
          path: [...path, "group"],
          value: client.group,
          message: `is already the group of client ${other}, and one switch stops a whole group; give both one client and one switch`,
        };
      if (client.kind !== "producer" && client.group !== undefined) clientOfGroup.set(client.group, client.name);
      if (mirrors.has(client.principal))
        yield {
          path: [...path, "principal"],
          value: client.principal,
          message: "is a mirror's principal; expected one of the client's own",
        };
      if (client.kind !== "producer" && !wave.groups.some((g) => g.id === client.group))
        yield {
          path: [...path, "group"],
          value: client.group,
          message: `expected the id of a group of this wave, since the client ${client.kind === "both" ? "reads too" : "is a consumer"}`,
        };
      if (client.kind === "producer" && client.group !== undefined)
        yield {
          path: [...path, "group"],
          value: client.group,
          message: "a producer has no group; leave it out, or make it kind both if it reads topics of the wave too",
        };
      if (isWriter(client)) {
        const needed = client.stopSeconds + client.startSeconds + deadlineMarginSeconds;
        if (needed > file.policy.freezeDeadlineSeconds)
          yield {
            path: [...path, "stopSeconds"],
            value: client.stopSeconds,
            message: `stop ${client.stopSeconds} s and start ${client.startSeconds} s with a margin of ${deadlineMarginSeconds} s do not fit policy.freezeDeadlineSeconds ${file.policy.freezeDeadlineSeconds}; raise the deadline (at most ${cutoverSeconds}) or shorten the client's times`,
          };
        if (client.startSeconds + deadlineMarginSeconds > file.policy.moveProducersDeadlineSeconds)
          yield {
            path: [...path, "startSeconds"],
            value: client.startSeconds,
            message: `with a margin of ${deadlineMarginSeconds} s does not fit policy.moveProducersDeadlineSeconds ${file.policy.moveProducersDeadlineSeconds}; raise it or shorten the client's time`,
          };
      }
    }
  }
}

/** An alarm or a rule that names what is not there would never roll anything back, and nobody would notice. */
function* rollbackFindings({ policy, waves, planning }: Unchecked): Generator<Finding> {
  yield* repeated(
    policy.alarms,
    (alarm) => alarm.name,
    (i) => ["policy", "alarms", i, "name"],
    "alarm",
  );
  // Waves that are still to be planned have no names yet; they are asked for when a plan is accepted.
  for (const [a, alarm] of policy.alarms.entries())
    for (const [w, name] of (alarm.waves ?? []).entries())
      if (planning === undefined && !waves.some((wave) => wave.name === name))
        yield {
          path: ["policy", "alarms", a, "waves", w],
          value: name,
          message: `expected the name of a wave of this file: ${waves.map((wave) => wave.name).join(", ")}`,
        };
  const clients = [...waves.flatMap((wave) => wave.clients), ...(planning?.clients ?? [])];
  const consuming = clients.flatMap((client) => client.group ?? []);
  for (const [r, rule] of policy.rollbackRules.entries())
    for (const [g, group] of (rule.groups ?? []).entries())
      if (!consuming.includes(group))
        yield {
          path: ["policy", "rollbackRules", r, "groups", g],
          value: group,
          message:
            "expected the id of a group that a client of this file reads with; the lag of any other is not judged",
        };
}

/** Stopped and started in the freeze. */
export const isWriter = ({ kind }: Pick<Client, "kind">): boolean => kind !== "consumer";

/** A freeze's handler thaws by itself this long before the deadline, so clients' own times must fit before that. */
export const deadlineMarginSeconds = 10;

/** MirrorMaker's topic filters drop these names without a word, whatever its `topics` says. */
export const mirrorExcludes = (topic: string): string | undefined =>
  /(?:\.|-)internal$|\.replica$|^__/.test(topic)
    ? "MirrorMaker never mirrors names that end in .internal, -internal or .replica or begin with __; move it by other means"
    : undefined;

function* repeated<T>(
  items: readonly T[],
  name: (item: T) => string,
  path: (index: number) => (string | number)[],
  what: string,
): Generator<Finding> {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (seen.has(name(item)))
      yield { path: path(index), value: name(item), message: `names a second ${what}; names must differ` };
    seen.add(name(item));
  }
}

export const planOf = (migration: Migration, wave: string): WavePlan | undefined =>
  migration.waves.find((w) => w.name === wave);
