/** What the checker counted in a wave, or in all of them. */
export type Records = {
  readonly acknowledged: number;
  readonly lost: number;
  readonly repeated: number;
  readonly findings: readonly string[];
};

export const totalOf = (records: readonly Records[]): Records => {
  const sum = (of: (one: Records) => number): number => records.reduce((total, one) => total + of(one), 0);
  return {
    acknowledged: sum((one) => one.acknowledged),
    lost: sum((one) => one.lost),
    repeated: sum((one) => one.repeated),
    findings: records.flatMap((one) => one.findings),
  };
};
