/** An estate told as a story: who owns what, who reads and writes. */
import type { Kind, Kinds } from "#core/inventory/snapshot.ts";
import type { Plan } from "#core/planning/plan.ts";
import { proposePlan } from "#core/planning/propose-plan.ts";
import { migration } from "../../in-memory/migration.ts";
import { acl, member } from "../inventory/estates.ts";
import { group, offset, snapshot } from "../inventory/snapshots.ts";

type Items = { readonly [K in Kind]?: readonly Kinds[K][] };

export const planFor = (
  items: Items,
  planning: object,
  o: { readonly started?: readonly string[]; readonly waves?: readonly object[]; readonly estate?: object } = {},
): Plan => {
  const { started = [], ...file } = o;
  const source = snapshot(items);
  return proposePlan({ migration: migration({ waves: [], planning, ...file }), source, started, now: source.endedAt });
};

export const reader = (id: string, topics: readonly string[]) =>
  group(id, {
    state: "Stable",
    members: [member(id, { subscribed: topics })],
    offsets: topics.map((topic) => ({ topic, partition: 0, offset: offset(50), metadata: "" })),
  });

export const writesTo = (principal: string, topics: readonly string[]) =>
  topics.map((resourceName) => acl({ principal, resourceName }));

export const producerClient = (name: string, owner: string) => ({
  name,
  owner,
  kind: "producer",
  principal: `User:${name}`,
  switch: { ssm: `/${name}/kafka/cluster` },
});

export const clientOf = (groupId: string, kind: "consumer" | "both" = "consumer", name = groupId) => ({
  name,
  kind,
  group: groupId,
  principal: `User:${name}`,
  switch: { ssm: `/${name}/kafka/cluster` },
});

/** What a manager reads of it. */
export const told = ({ waves }: Plan) =>
  waves.map(({ name, topics, groups, risk, reason, cut }) => ({
    name,
    topics,
    groups: groups.map(({ id, plan }) => `${id}: ${plan}`),
    risk: risk.level,
    reason,
    cut,
  }));
