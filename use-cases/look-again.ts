import type { Side } from "#core/kafka/offset.ts";
import { PORT_METHODS } from "./port-methods.ts";
import type { Cluster } from "./ports/cluster.ts";
import type { Estate } from "./ports/deps.ts";

/**
 * The estate as a handler has it: where `isLate`, `look` is waited for right before each effect, and what it throws keeps the
 * effect from happening. A process that was stopped between its own look and its effect goes on by what was so before.
 */
export function lookingAgain(estate: Estate, isLate: () => boolean, look: () => Promise<void>): Estate {
  const guarded = <P extends object>(name: keyof typeof PORT_METHODS, port: P): P => {
    const kinds: Readonly<Record<string, "effect" | "read" | undefined>> = PORT_METHODS[name];
    return new Proxy(port, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== "function" || typeof key !== "string") return member;
        const act = (...given: unknown[]): unknown => Reflect.apply(member, target, given);
        if (kinds[key] !== "effect") return act;
        return (...given: unknown[]): unknown => (isLate() ? look().then(() => act(...given)) : act(...given));
      },
    });
  };
  const cluster = <S extends Side>(of: Cluster<S>): Cluster<S> => ({
    side: of.side,
    bootstrapServers: of.bootstrapServers,
    topics: guarded("TopicCatalog", of.topics),
    log: of.log,
    activity: of.activity,
    groups: guarded("ConsumerGroups", of.groups),
    rights: guarded("AccessRights", of.rights),
    warm: () => of.warm(),
  });
  return {
    source: cluster(estate.source),
    target: cluster(estate.target),
    replicator: guarded("Replicator", estate.replicator),
    workers: guarded("Workers", estate.workers),
    clientSwitch: guarded("ClientSwitch", estate.clientSwitch),
  };
}
