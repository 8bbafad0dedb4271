/** Which part of a list, as a caller asks for it: `from` counts from 1. */
export type PageOf = { readonly from: number; readonly limit: number };

export type Page<T> = {
  readonly total: number;
  readonly items: readonly T[];
  /** Where the next page begins; absent on the last. */
  readonly nextFrom?: number;
};

export const pageOf = <T>(all: readonly T[], { from, limit }: PageOf): Page<T> => {
  const end = from - 1 + limit;
  return { total: all.length, items: all.slice(from - 1, end), ...(end < all.length ? { nextFrom: end + 1 } : {}) };
};
