import type { OrUnknown } from "./unknown.ts";

/** A connector of the estate's own Connect workers. */
export type Connector = {
  readonly name: string;
  readonly workers: string;
  readonly kind: "source" | "sink" | "unknown";
  readonly class: string;
  /** Without secrets: a value that is or may be one is `"masked"`, with the references to secrets that stand in it. */
  readonly config: OrUnknown<Readonly<Record<string, string>>>;
  readonly state: OrUnknown<string>;
  /** Why it failed, in short and without secrets. */
  readonly trace?: string;
  readonly tasks: OrUnknown<readonly { readonly id: number; readonly state: string; readonly trace?: string }[]>;
  /** By name; a pattern stands as `/pattern/`. */
  readonly reads: OrUnknown<readonly string[]>;
  readonly writes: OrUnknown<readonly string[]>;
  readonly deadLetterTopic?: string;
  /** The consumer group of a sink. */
  readonly group?: string;
};
