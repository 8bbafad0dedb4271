import type { Source } from "./source.ts";

/** What could not be learnt: a value like any other, so that nothing takes it for "there is none". */
export type Unknown = {
  readonly unknown: {
    /** Who was asked. */
    readonly source: Source;
    /** A sentence: what happened. */
    readonly why: string;
    /** What a person can do: the ACL or permission that would cure it, or the setting. Absent where nothing would. */
    readonly cure?: string;
  };
};

export type OrUnknown<T> = T | Unknown;

export const isUnknown = (value: unknown): value is Unknown =>
  typeof value === "object" && value !== null && "unknown" in value;

export const unknown = (source: Source, why: string, cure?: string): Unknown => ({
  unknown: { source, why, ...(cure === undefined ? {} : { cure }) },
});

/** The value, or what stands for it where it is unknown. */
export const orElse = <T, E>(value: OrUnknown<T>, otherwise: E): T | E => (isUnknown(value) ? otherwise : value);

/**
 * One kind of object of a cluster: what was found, and what may be missing from it. An item that is absent is not there only
 * where `gaps` is empty; else it may be one of those that could not be listed. Items are in the order of their names.
 */
export type Listing<T> = {
  /** Who told of these items; a part of an item that another request tells has its source in `partSources`. */
  readonly source: Source;
  /** In ms. */
  readonly readAt: number;
  readonly items: readonly T[];
  readonly gaps: readonly Unknown[];
};

/** Whether what is not listed is not there. */
export const isWhole = (listing: Listing<unknown>): boolean => listing.gaps.length === 0;
