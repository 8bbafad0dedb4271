/** A refusal is an answer, not a fault: why, what would cure it, and who could. */
export type Refused = {
  readonly refused: true;
  readonly kind: "not-found" | "missing-role" | "conflict";
  readonly because: string;
  readonly cure?: string;
  /** Ids of the people who may. */
  readonly who?: readonly string[];
};

type More = { readonly cure?: string | undefined; readonly who?: readonly string[] | undefined };

export const refused = (kind: Refused["kind"], because: string, { cure, who }: More = {}): Refused => ({
  refused: true,
  kind,
  because,
  ...(cure !== undefined && { cure }),
  ...(who !== undefined && { who }),
});

export const isRefused = (answer: unknown): answer is Refused =>
  typeof answer === "object" && answer !== null && "refused" in answer && answer.refused === true;
