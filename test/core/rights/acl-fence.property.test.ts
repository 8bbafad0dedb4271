/** The fence judged by what Kafka's authoriser would answer, at every single entry that goes up or comes down. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type AclEntry, aclKey } from "#core/kafka/acl.ts";
import { type FencePlan, liftOrder, planAclFence } from "#core/rights/acl-fence.ts";
import { distinct, missingFrom } from "#core/rights/client-rights.ts";
import { isAuthorized } from "../../in-memory/authorizer.ts";
import { onTopic } from "./entries.ts";

const MIRROR = "User:mirror";
const ROOT = "User:root";
const TOPICS = ["orders", "orders-eu"];
const PRINCIPALS = ["User:a", "User:b", "User:unnamed"];
const HOSTS = ["10.0.0.1", "10.0.0.7"];

const anEntry = fc
  .record({
    resource: fc.constantFrom(
      ["orders", "LITERAL"] as const,
      ["orders-eu", "LITERAL"] as const,
      ["*", "LITERAL"] as const,
      ["ord", "PREFIXED"] as const,
      ["other", "LITERAL"] as const,
    ),
    principal: fc.constantFrom("User:a", "User:b", "User:*", MIRROR, ROOT),
    host: fc.constantFrom("*", "*", "10.0.0.1"),
    operation: fc.constantFrom("READ", "WRITE", "ALL", "DESCRIBE", "DESCRIBE_CONFIGS", "DELETE"),
    permission: fc.constantFrom("ALLOW", "ALLOW", "ALLOW", "DENY"),
  })
  .map(
    ({ resource: [name, pattern], principal, host, operation, permission }): AclEntry =>
      onTopic(principal, operation, name, { pattern, host, permission }),
  );

const ALTERS = onTopic("User:sluice", "ALTER", "kafka-cluster", { resourceType: "CLUSTER" });
const without = (entries: readonly AclEntry[], gone: readonly AclEntry[]) => missingFrom(gone, entries);
const withAll = (entries: readonly AclEntry[], added: readonly AclEntry[]) => distinct([...entries, ...added]);
const keys = (entries: readonly AclEntry[]) => entries.map(aclKey).toSorted();

type Stage = "raising" | "raised" | "narrowed" | "lifting";
type State = { readonly stage: Stage; readonly entries: readonly AclEntry[] };

/** Every state of a topic's entries from before the fence until after it, one entry apart. */
function statesOf(before: readonly AclEntry[], fence: FencePlan): readonly State[] {
  let entries = before;
  const up = (entry: AclEntry) => (entries = withAll(entries, [entry]));
  const down = (entry: AclEntry) => (entries = without(entries, [entry]));
  const each = (stage: Stage, apply: (entry: AclEntry) => unknown, those: readonly AclEntry[]): readonly State[] =>
    those.map((entry) => {
      apply(entry);
      return { stage, entries };
    });
  return [
    ...each("raising", up, fence.freeze),
    { stage: "raised", entries },
    ...each(
      "raised",
      up,
      fence.narrowed.add.filter((e) => e.permission === "DENY"),
    ),
    ...each(
      "narrowed",
      up,
      fence.narrowed.add.filter((e) => e.permission === "ALLOW"),
    ),
    ...each("narrowed", down, fence.narrowed.remove),
    ...each("lifting", down, liftOrder(fence)),
  ];
}

it.each([true, false])(
  "bars every writer, no reader, lets the mirror through once narrowed, and leaves what it found; brokers allow everyone: %s",
  (allowEveryone) => {
    let planned = 0;
    let open = 0;
    const brokers = { superUsers: [ROOT], allowEveryone };
    const may = (
      entries: readonly AclEntry[],
      principal: string,
      operation: AclEntry["operation"],
      topic: string,
      host: string,
    ) => isAuthorized(entries, { principal, operation, topic, host }, brokers);
    fc.assert(
      fc.property(fc.array(anEntry, { maxLength: 5 }), (given) => {
        const found = distinct([ALTERS, ...given]);
        const fence = planAclFence({
          side: "source",
          entries: found,
          topics: TOPICS,
          mirrorPrincipal: MIRROR,
          superUsers: [ROOT],
          allowsEveryone: allowEveryone,
        });
        if ("because" in fence) return;
        planned += 1;
        const isOpen = (topic: string) =>
          fence.freeze.some((e) => e.resourceName === topic && e.permission === "ALLOW");
        open += TOPICS.filter(isOpen).length;
        // The mirror's own right was granted before, where a first entry would not bar everyone.
        const granted = TOPICS.filter((topic) => !isOpen(topic)).map((topic) => onTopic(MIRROR, "WRITE", topic));
        const before = withAll(found, granted);
        const states = statesOf(before, fence);
        expect(keys(states.at(-1)?.entries ?? [])).toEqual(keys(before));
        const wrong: string[] = [];
        const check = (isRight: boolean, what: string) => {
          if (!isRight) wrong.push(what);
        };
        for (const { stage, entries } of states)
          for (const topic of TOPICS)
            for (const host of HOSTS) {
              const keeps = (principal: string, operation: AclEntry["operation"]) =>
                check(
                  may(entries, principal, operation, topic, host) || !may(before, principal, operation, topic, host),
                  `${stage}: ${principal} lost ${operation} on ${topic}`,
                );
              for (const principal of [...PRINCIPALS, MIRROR]) {
                keeps(principal, "READ");
                keeps(principal, "DESCRIBE");
              }
              if (stage === "raised" || stage === "narrowed")
                for (const principal of PRINCIPALS) {
                  keeps(principal, "DESCRIBE_CONFIGS");
                  check(!may(entries, principal, "WRITE", topic, host), `${stage}: ${principal} writes to ${topic}`);
                }
              check(stage !== "raised" || !may(entries, MIRROR, "WRITE", topic, host), `the mirror writes to ${topic}`);
            }
        expect(wrong).toEqual([]);
        const narrowed = states.findLast(({ stage }) => stage === "narrowed");
        for (const topic of TOPICS) expect(may(narrowed?.entries ?? [], MIRROR, "WRITE", topic, "10.0.0.7")).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(planned).toBeGreaterThan(100);
    expect(open > 50).toBe(allowEveryone);
  },
);
