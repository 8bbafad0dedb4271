import type { OrUnknown } from "./unknown.ts";

export type Registry = {
  readonly url: string;
  readonly compatibility: OrUnknown<string>;
  /** Unknown where the registry offers none (Apicurio). */
  readonly mode: OrUnknown<string>;
};

export type Subject = {
  readonly name: string;
  readonly versions: OrUnknown<readonly { readonly version: number; readonly id: number }[]>;
  /** AVRO, PROTOBUF, JSON. */
  readonly type: OrUnknown<string>;
  /** Its own; undefined where it has the registry's. */
  readonly compatibility: OrUnknown<string | undefined>;
  readonly mode: OrUnknown<string | undefined>;
};

/** Which schema ids records of a topic begin with (a zero byte and four of id). */
export type SchemaUse = {
  readonly topic: string;
  readonly sampledRecords: number;
  readonly keyIds: readonly number[];
  readonly valueIds: readonly number[];
};
