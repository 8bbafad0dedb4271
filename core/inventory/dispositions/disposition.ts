/** The fate of an item; undecided blocks. */
export const DISPOSITIONS = ["migrate", "recreate", "redesign", "retire", "retain", "undecided"] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** What is decided about: everything of an estate that somebody made and somebody would miss. */
export const DECIDED_KINDS = [
  "topics",
  "groups",
  "acls",
  "scram-users",
  "quotas",
  "subjects",
  "connectors",
  "operations",
] as const;
export type DecidedKind = (typeof DECIDED_KINDS)[number];

/** Without a disposition of each of these no wave starts. */
export const BLOCKING_KINDS = [
  "topics",
  "groups",
  "acls",
  "subjects",
  "connectors",
] as const satisfies readonly DecidedKind[];
