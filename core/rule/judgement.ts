/** What a reason to roll back says now. No evidence is unknown: neither a reason to go back nor a reason to be calm. */
export type RollbackVerdict = "clear" | "breached" | "unknown";

export type RollbackJudgement = {
  readonly verdict: RollbackVerdict;
  /** A sentence for a person who is woken by it. */
  readonly reason: string;
  /** Breached: since when, in ms; the same breach, seen again, says the same. */
  readonly since?: number;
};
