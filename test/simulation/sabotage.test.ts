/** A simulation that cannot fail finds nothing: each invariant is broken here on purpose, and must be seen to be. */
import { describe, expect, it } from "vitest";
import type { Estate } from "#use-cases/ports/deps.ts";
import { type Aim, FAULTS, type FaultPlan } from "./fault-plan.ts";
import { simulate } from "./simulate.ts";
import type { Sabotage, World } from "./world.ts";

/** As many seeds as it may take; most of them find it. */
const SEEDS = 40;

/** One wave in a world where nothing goes wrong but this. */
const aimed =
  (...aims: readonly Omit<Aim, "wave" | "after">[]) =>
  (plan: FaultPlan): FaultPlan => ({
    ...plan,
    tick: 2_000,
    waves: 1,
    quietAfter: 600_000,
    rates: Object.fromEntries(FAULTS.map((name) => [name, 0])) as FaultPlan["rates"],
    aims: aims.map((aim) => ({ wave: 0, after: 200, ...aim })),
  });
const thaws = aimed({ phase: "freezing", deed: "thaw" });

const switched = (ports: Estate, world: World): Estate => {
  const writers = world.migration.waves.flatMap(({ clients }) => clients.filter(({ kind }) => kind !== "consumer"));
  return {
    ...ports,
    clientSwitch: {
      ...around(ports.clientSwitch, "stop", "position"),
      start: async (client, side) => {
        await ports.clientSwitch.start(client, side);
        if (side === "target") for (const writer of writers) await ports.clientSwitch.start(writer, side);
      },
    },
  };
};

const around = <P extends object, K extends keyof P>(port: P, ...keys: readonly K[]): Pick<P, K> =>
  Object.fromEntries(keys.map((key) => [key, port[key]])) as Pick<P, K>;

const rights = ({ rights: port }: Estate["source"]) =>
  around(port, "list", "add", "remove", "presentOnEachBroker", "mayDescribeOnEachBroker");

const SABOTAGES: readonly { readonly name: string; readonly finds: RegExp; readonly sabotage: Sabotage }[] = [
  {
    name: "a store that writes whatever the row was read as",
    finds: /chain was forked|version \d+ follows/,
    sabotage: {
      store: (store) => ({
        ...store,
        write: async (before, next, events, now) => {
          const row = await store.wave(before);
          return row === undefined
            ? { written: false }
            : store.write({ ...row, journal: before.journal }, next, events, now);
        },
      }),
    },
  },
  {
    name: "a store that loses an entry of the journal",
    finds: /chain is broken at 3/,
    sabotage: {
      store: (store) => ({
        ...store,
        journal: async (ref, from) => (await store.journal(ref, from)).filter(({ sequence }) => sequence !== 3),
      }),
    },
  },
  {
    name: "brokers that do not heed a fence",
    finds: /on both sides|is not fenced/,
    sabotage: {
      world: ({ estate: { source } }) => {
        const { allows } = source;
        source.allows = (principal, operation, topic) => {
          const { acls } = source;
          source.acls = acls.filter(({ permission }) => permission === "ALLOW");
          const answer = allows.call(source, principal, operation, topic);
          source.acls = acls;
          return answer;
        };
      },
    },
  },
  {
    name: "a mirror that is said to be stopped and runs on",
    finds: /mirrors of both directions run/,
    sabotage: {
      ports: (ports) => {
        const told = new Set<string>();
        const { replicator } = ports;
        return {
          ...ports,
          replicator: {
            ...around(replicator, "ensure", "resume", "restartFailed", "remove", "replicatedThrough", "startFrom"),
            stop: async (_direction, name) => {
              told.add(name);
            },
            status: async (direction, name) => {
              const status = await replicator.status(direction, name);
              return status && told.has(name) ? { ...status, state: "STOPPED", tasks: [] } : status;
            },
          },
        };
      },
    },
  },
  {
    name: "producers that are started on the target with their consumers",
    finds: /the drain was never proved/,
    sabotage: {
      ports: switched,
      world: ({ estate: { source, target } }) => {
        source.allows = (principal, operation) => operation !== "WRITE" || principal.startsWith("User:mirror");
        target.allows = () => true;
      },
    },
  },
  {
    name: "a thaw whose clients are told to start and are not",
    finds: /the wave rests/,
    sabotage: {
      plan: thaws,
      ports: (ports) => ({
        ...ports,
        clientSwitch: {
          ...around(ports.clientSwitch, "stop", "position"),
          start: async (client, side) => {
            if (side === "target") await ports.clientSwitch.start(client, side);
          },
        },
      }),
    },
  },
  {
    name: "a fence that cannot be taken down",
    finds: /stands in thawing .* after its deadline/,
    sabotage: {
      plan: thaws,
      ports: (ports) => ({
        ...ports,
        source: {
          ...ports.source,
          rights: { ...rights(ports.source as Estate["source"]), remove: async () => undefined },
        },
      }),
    },
  },
  {
    name: "a roll-back whose deadline is in nobody's hand",
    finds: /is not withdrawn .* after its deadline/,
    sabotage: {
      plan: aimed({ phase: "producers-moved", deed: "roll-back" }),
      store: (store) => ({
        ...store,
        write: async (before, next, events, now) =>
          ["ReturnClaimed", "WithdrawalClaimed"].includes(events[0].event)
            ? { written: false }
            : store.write(before, next, events, now),
      }),
    },
  },
  {
    name: "a seal that touches the source",
    finds: /source\.rights\.add after the seal was claimed/,
    sabotage: {
      ports: (ports, world) => ({
        ...ports,
        target: {
          ...ports.target,
          topics: {
            ...around(ports.target.topics, "describe", "create", "delete"),
            setConfigs: async (topic, configs) => {
              await ports.target.topics.setConfigs(topic, configs);
              if (world.observer?.rowOf(topic.replace("-settled", ""))?.phase !== "sealing") return;
              await ports.source.rights.add([
                {
                  resourceType: "TOPIC",
                  resourceName: topic,
                  pattern: "LITERAL",
                  principal: "User:somebody",
                  host: "*",
                  operation: "WRITE",
                  permission: "DENY",
                },
              ]);
            },
          },
        },
      }),
    },
  },
  {
    name: "approvals that can be used again",
    finds: /was used by .* and is unused again/,
    sabotage: {
      store: (store) => ({
        ...store,
        write: (before, next, events, now) => {
          const approvals = next.approvals.map(({ usedBy: _usedBy, ...approval }) => approval);
          const isLater = next.phase === before.phase && next.phase !== "planned";
          return store.write(before, isLater ? { ...next, approvals } : next, events, now);
        },
      }),
    },
  },
  {
    name: "offsets that are committed one too far",
    finds: /group .* lacks/,
    sabotage: {
      ports: (ports) => ({
        ...ports,
        target: {
          ...ports.target,
          groups: {
            ...around(ports.target.groups, "describe", "removeMembers"),
            commit: (group, offsets) => ports.target.groups.commit(group, shifted(offsets, 1n)),
            committed: async (group, partitions) =>
              shifted(await ports.target.groups.committed(group, partitions), -1n),
          },
        },
      }),
    },
  },
  {
    name: "an announcement that gets lost",
    finds: /was announced after|were not announced/,
    sabotage: { announces: ({ event }) => event !== "ReplicationStarted" },
  },
  {
    name: "workers that are never released",
    finds: /no connector is left, and workers run/,
    sabotage: {
      ports: (ports) => ({
        ...ports,
        workers: { ...around(ports.workers, "launch", "status"), release: async () => undefined },
      }),
    },
  },
  {
    name: "an engine that forgets what it was told to start",
    finds: /waves did not end/,
    sabotage: {
      world: (world) => {
        const { engine } = world;
        if (engine === undefined) throw new Error("no engine");
        engine.onReady = () => undefined;
      },
    },
  },
];

const shifted = <M extends ReadonlyMap<string, { readonly offset: bigint }>>(offsets: M, by: bigint): M =>
  new Map([...offsets].map(([key, commit]) => [key, { ...commit, offset: commit.offset + by }])) as unknown as M;

describe("a simulation of", () => {
  it.each(SABOTAGES)("$name finds it", { timeout: 60_000 }, async ({ finds, sabotage }) => {
    const found: string[] = [];
    for (let seed = 1; seed <= SEEDS && !found.some((violation) => finds.test(violation)); seed++)
      found.push((await simulate(seed, { sabotage })).violation ?? `seed ${seed} found nothing`);
    expect(found.at(-1)).toMatch(finds);
  });
});
