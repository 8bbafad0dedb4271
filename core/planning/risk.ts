import type { Traits } from "#core/migration/planning.ts";
import type { Component } from "./components.ts";
import type { Declared } from "./declared.ts";
import { named } from "./graph.ts";
import { keyOf } from "./order-of-names.ts";
import type { Risk } from "./plan.ts";
import type { Scope } from "./scope.ts";

type Seen = { readonly level: Risk["level"]; readonly says: string };

/** Unknown counts as the worse of the two, except that nothing is taken to hold state or to act outside because nobody denied it. */
export function riskOf({ couplings }: Component, declared: Declared, scope: Scope): Risk {
  const seen: Seen[] = [];
  const high = (says: string) => seen.push({ level: "high", says });
  const medium = (says: string) => seen.push({ level: "medium", says });
  const ofTraits = (who: string, { replaySafe, stateful, sideEffects }: Traits, isReader: boolean): void => {
    if (sideEffects === true) high(`${who} acts outside Kafka`);
    if (stateful === true) high(`${who} keeps state`);
    if (isReader && replaySafe === false) medium(`${who} must not read records twice`);
    if (isReader && replaySafe === undefined) medium(`nobody has said whether ${who} may read records twice`);
  };
  for (const { item, edges, names } of couplings) {
    const who = named(item);
    switch (item.kind) {
      case "group": {
        if (edges.some(({ does }) => does === "owns")) high(`${who} is a Kafka Streams application with state`);
        else if (scope.groups.get(item.name)?.kind === "streams") high(`${who} is a Kafka Streams application`);
        ofTraits(who, declared.traitsOfGroup(item.name), true);
        break;
      }
      case "transactional-id":
        if (edges.length > 0) high(`${who} writes in transactions`);
        break;
      case "connector":
        ofTraits(
          who,
          declared.traitsOfConnector(item.name),
          edges.some(({ does }) => does === "reads"),
        );
        break;
      default:
        // Of clients with a group the group has said it already.
        for (const client of declared.clients)
          if (client.group === undefined && names.some((name) => keyOf(name) === `client/${client.name}`))
            ofTraits(`client ${client.name}`, client, false);
    }
  }
  const of = (level: Risk["level"]) => seen.filter((one) => one.level === level).map(({ says }) => says);
  const because = [...new Set([...of("high"), ...of("medium")])];
  return { level: of("high").length > 0 ? "high" : of("medium").length > 0 ? "medium" : "low", because };
}
