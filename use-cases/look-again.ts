import type { Side } from "#core/kafka/offset.ts";
import { PORT_METHODS } from "./port-methods.ts";
import type { Cluster } from "./ports/cluster.ts";
import type { Deps, Estate } from "./ports/deps.ts";

const MOST_LOOKS = 3;

type Guard = <P extends object>(name: keyof typeof PORT_METHODS, port: P) => P;

/** Ports as a handler has them: where its last look `isOld`, `look` is waited for right before an effect, and may refuse it. */
export const lookingAgain =
  (isOld: () => boolean, look: () => Promise<void>): Guard =>
  (name, port) => {
    const kinds: Readonly<Record<string, "effect" | "read" | undefined>> = PORT_METHODS[name];
    return new Proxy(port, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== "function" || typeof key !== "string") return member;
        const act = (...given: unknown[]): unknown => Reflect.apply(member, target, given);
        if (kinds[key] !== "effect") return act;
        return async (...given: unknown[]): Promise<unknown> => {
          // Stopped in the midst of a look it has another; a table that is slow for long keeps no effect from coming.
          for (let looks = 0; looks < MOST_LOOKS && isOld(); looks++) await look();
          return act(...given);
        };
      },
    });
  };

export function guardedEstate(guard: Guard, estate: Estate): Estate {
  const cluster = <S extends Side>(of: Cluster<S>): Cluster<S> => ({
    side: of.side,
    bootstrapServers: of.bootstrapServers,
    topics: guard("TopicCatalog", of.topics),
    log: of.log,
    activity: of.activity,
    groups: guard("ConsumerGroups", of.groups),
    rights: guard("AccessRights", of.rights),
    warm: () => of.warm(),
  });
  return {
    source: cluster(estate.source),
    target: cluster(estate.target),
    replicator: guard("Replicator", estate.replicator),
    workers: guard("Workers", estate.workers),
    clientSwitch: guard("ClientSwitch", estate.clientSwitch),
  };
}

/** What a handler knows of the wave is written like an effect: a successor goes on from it. */
export const guardedItems = (guard: Guard, deps: Deps): Deps => ({
  ...deps,
  store: { ...deps.store, items: guard("WaveItems", deps.store.items) },
});
