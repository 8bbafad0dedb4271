/** Names after `after` (exclusive) up to `upTo` (inclusive); a bound that is left out has none. */
export type NameRange = { readonly after?: string | undefined; readonly upTo?: string | undefined };

export const isWithin = (name: string, { after, upTo }: NameRange): boolean =>
  (after === undefined || name > after) && (upTo === undefined || name <= upTo);
