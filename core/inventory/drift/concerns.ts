import { type Client, isWriter } from "#core/migration/migration.ts";
import { matches } from "#core/rights/client-rights.ts";
import { reachesRecords } from "../access.ts";
import { topicOfSubject } from "../dispositions/subjects-of-waves.ts";
import { isUnknown } from "../unknown.ts";
import type { Change } from "./drift.ts";

/** What a wave, or a plan of several, moves. */
export type Moved = {
  readonly topics: readonly string[];
  readonly groups: readonly { readonly id: string }[];
  readonly clients: readonly Pick<Client, "principal" | "kind">[];
};

/** Whether a change is about what a wave moves; what cannot be told apart by wave is about every one. */
export function concerns(change: Change, wave: Moved): boolean {
  const principals = wave.clients.map(({ principal }) => principal);
  switch (change.kind) {
    case "topics":
      return wave.topics.includes(change.name);
    case "groups":
      return wave.groups.some(({ id }) => id === change.name);
    case "acls": {
      const { item } = change;
      if (!reachesRecords(item)) return false;
      return (
        item.resourceType === "CLUSTER" ||
        (item.resourceType === "TRANSACTIONAL_ID" && principals.includes(item.principal)) ||
        wave.topics.some((topic) => matches(item, "TOPIC", topic)) ||
        wave.groups.some(({ id }) => matches(item, "GROUP", id))
      );
    }
    case "scram-users":
      return principals.includes(`User:${change.name}`);
    case "subjects": {
      const topic = topicOfSubject(change.name);
      // Named after a record and not after a topic, it may be used on any.
      return topic === change.name || wave.topics.includes(topic);
    }
    case "connectors": {
      const { reads, writes } = change.item;
      if (isUnknown(reads) || isUnknown(writes)) return true;
      return [...reads, ...writes].some((topic) => topic.startsWith("/") || wave.topics.includes(topic));
    }
    case "transactions":
      return wave.clients.some(isWriter);
    case "cluster":
    case "brokers":
    case "quotas":
    case "registry":
    case "operations":
      return true;
  }
}
