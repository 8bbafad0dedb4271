/** What is wrong with a value of the migration file, and where it stands there. */
export type Finding = {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value: unknown;
};
