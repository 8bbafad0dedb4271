/** The two clusters of a migration. */
export type Side = "source" | "target";

declare const sideOfOffset: unique symbol;

/** A log offset on one side; offsets of the two sides are not interchangeable, although both are 64-bit integers. */
export type OffsetOn<S extends Side> = bigint & { readonly [sideOfOffset]: S };
export type SourceOffset = OffsetOn<"source">;
export type TargetOffset = OffsetOn<"target">;

/** Brands a number read from a cluster of side S. Only adapters, parsers and arithmetic below should need it. */
export const offsetOn = <S extends Side>(value: bigint): OffsetOn<S> => value as OffsetOn<S>;
