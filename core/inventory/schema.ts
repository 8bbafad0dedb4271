import type { OrUnknown } from "./unknown.ts";

export type Registry = {
  readonly url: string;
  readonly compatibility: OrUnknown<string>;
  /** READWRITE, READONLY, IMPORT; undefined where the registry knows no modes (Apicurio). */
  readonly mode: OrUnknown<string | undefined>;
};

export type Subject = {
  readonly name: string;
  readonly versions: OrUnknown<readonly { readonly version: number; readonly id: number }[]>;
  /** AVRO, PROTOBUF, JSON: of its newest version. */
  readonly type: OrUnknown<string>;
  /** Versions of subjects that its newest version refers to: it can be registered only where they are. */
  readonly references: OrUnknown<readonly { readonly subject: string; readonly version: number }[]>;
  /** Its own; undefined where it has the registry's. */
  readonly compatibility: OrUnknown<string | undefined>;
  readonly mode: OrUnknown<string | undefined>;
};

/**
 * Which schema ids the last records of a topic begin with (a zero byte and four of id). Other bytes may look like an id; only
 * the registry tells whether there is such a schema.
 */
export type SchemaUse = {
  readonly topic: string;
  readonly sampledRecords: number;
  readonly keyIds: readonly number[];
  readonly valueIds: readonly number[];
};
