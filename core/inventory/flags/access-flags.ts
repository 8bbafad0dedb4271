import type { Side } from "#core/kafka/offset.ts";
import type { AnyAcl } from "../access.ts";
import { aclInWords } from "../drift/trait.ts";
import type { Snapshot } from "../snapshot.ts";
import { isUnknown, type Listing, unknown } from "../unknown.ts";
import type { FlagFacts } from "./flag-facts.ts";
import { type Look, ofEach, type Says, together } from "./look.ts";

const askRights = (acls: Listing<AnyAcl>, ask: (acl: AnyAcl) => string | undefined): Look =>
  ofEach(acls, ({ principal }) => principal, ask);

export const prefixedRights = (facts: FlagFacts): Look =>
  askRights(facts.acls, (acl) => (acl.pattern === "PREFIXED" ? aclInWords(acl) : undefined));

export const wildcardRights = (facts: FlagFacts): Look =>
  askRights(facts.acls, (acl) =>
    (acl.resourceName === "*" && acl.pattern === "LITERAL") || acl.principal === "User:*" ? aclInWords(acl) : undefined,
  );

/** The wave's clients get their rights on its groups; nobody else's go along, and no group of principals is looked into. */
export function groupRights(facts: FlagFacts): Look {
  const carried = new Map(
    facts.waves.flatMap(({ groups, clients }) =>
      groups.map(({ id }) => [id, clients.map((c) => c.principal)] as const),
    ),
  );
  return askRights(facts.acls, (acl) => {
    if (acl.principal.startsWith("Group:")) return `${aclInWords(acl)}; who is in that group Kafka does not tell`;
    if (acl.resourceType !== "GROUP") return undefined;
    const isCarried = acl.pattern === "LITERAL" && carried.get(acl.resourceName)?.includes(acl.principal) === true;
    return isCarried ? undefined : aclInWords(acl);
  });
}

const IAM = /^(?:User|IAM):arn:aws/;

/** Principals of IAM are bound by policies: Kafka shows those that an ACL or a quota names, and no others. */
export function iamPrincipals(facts: FlagFacts): Look {
  const named = askRights(facts.acls, ({ principal }) =>
    IAM.test(principal) ? "is a principal of IAM: ACLs neither let it in nor bar it" : undefined,
  );
  const { source } = facts.migration;
  const isMsk = source.msk !== undefined || source.auth.type === "iam";
  return together(
    named,
    ofEach({ items: ["source"], gaps: [] }, String, () =>
      isMsk
        ? unknown(
            "Amazon MSK",
            "the source takes sign-ins by IAM, whose principals Kafka does not list",
            "look through CloudTrail for kafka-cluster:Connect, and declare each of these clients with another sign-in",
          )
        : undefined,
    ),
  );
}

const askSides = (facts: FlagFacts, ask: (side: Side, snapshot: Snapshot | undefined) => Says): Look =>
  ofEach({ items: ["source", "target"] as const, gaps: [] }, String, (side) => ask(side, facts[side]));

const authoriserOf = (side: Side, snapshot: Snapshot | undefined) => {
  const [cluster] = snapshot?.listings.cluster.items ?? [];
  return (
    cluster?.authorizer ??
    unknown("Metadata", `nothing is known of the ${side}'s brokers`, `take a snapshot of the ${side}`)
  );
};

export const noAuthoriser = (facts: FlagFacts): Look =>
  askSides(facts, (side, snapshot) => {
    const authoriser = authoriserOf(side, snapshot);
    if (isUnknown(authoriser)) return authoriser;
    return authoriser === "none" ? "its brokers have no authoriser: nobody can be barred by ACL" : undefined;
  });

/** Brokers do not tell it; of MSK's the configuration does, where it sets it. */
const everyoneInMsk = (snapshot: Snapshot | undefined): string | undefined => {
  const set = snapshot?.listings.operations.items.find(({ kind }) => kind === "msk-configuration");
  return set === undefined || isUnknown(set.facts) ? undefined : set.facts["allow.everyone.if.no.acl.found"];
};

export const everyoneAllowed = (facts: FlagFacts): Look =>
  askSides(facts, (side, snapshot) => {
    const declared = facts.migration[side].brokersAllowEveryone;
    const inMsk = everyoneInMsk(snapshot);
    if (inMsk === "true") return "its MSK configuration allows everyone everything where no ACL is found";
    if (declared === "unknown" && inMsk === "false") return undefined;
    if (declared === "unknown")
      return unknown(
        "migration file",
        "whether its brokers allow everyone where no ACL is found cannot be read from them",
        `set ${side}.brokersAllowEveryone in the migration file to what allow.everyone.if.no.acl.found is`,
      );
    return declared === "yes" ? "its brokers allow everyone everything where no ACL is found" : undefined;
  });

export function superUsers(facts: FlagFacts): Look {
  const declared = (["source", "target"] as const).flatMap((side) =>
    facts.migration[side].superUsers.map((user) => ({ user, side })),
  );
  return together(
    ofEach(
      { items: declared, gaps: [] },
      ({ user }) => user,
      ({ side }) => `no ACL bars it on the ${side}`,
    ),
    askSides(facts, (side, snapshot) => {
      if (facts.migration[side].superUsers.length > 0 || authoriserOf(side, snapshot) === "none") return undefined;
      for (const { configs } of snapshot?.listings.brokers.items ?? []) {
        const told = isUnknown(configs) ? undefined : configs.get("super.users")?.value;
        if (told === "") return undefined;
        if (told != null) return `its brokers name super users: ${told}`;
      }
      return unknown(
        "migration file",
        "the file names none, and its brokers do not tell super.users",
        `list them under ${side}.superUsers in the migration file; if there are none, waive this flag`,
      );
    }),
  );
}
