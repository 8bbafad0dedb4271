import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { Refused } from "#use-cases/refused.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { InvalidRequest } from "./invalid-request.ts";

/** The caller could not be told apart from anybody else. */
export class NotSignedIn extends Error {
  override readonly name = "NotSignedIn";
}

type Problem = { readonly kind: string; readonly title: string; readonly status: number; readonly detail: string };

/** RFC 9457. */
const problem = (
  { kind, ...members }: Problem,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => ({
  status: members.status,
  headers: { "content-type": "application/problem+json", ...headers },
  body: { type: `urn:sluice:problem:${kind}`, ...members, ...more },
});

const REFUSALS = {
  "not-found": { status: 404, title: "Not found" },
  "missing-role": { status: 403, title: "Role missing" },
  conflict: { status: 409, title: "Refused" },
} as const;

export const refusalProblem = ({ kind, because, cure, who }: Refused): HttpAnswer =>
  problem({ kind, ...REFUSALS[kind], detail: because }, { cure, who });

/** What a fault is called over HTTP; what is not named here is answered without a word about the inside. */
export const faultProblem = (fault: unknown, requestId: string): HttpAnswer => {
  if (fault instanceof InvalidRequest)
    return problem(
      { kind: "invalid-request", title: "Invalid request", status: 400, detail: fault.message },
      { errors: fault.errors },
    );
  if (fault instanceof NotSignedIn)
    return problem({ kind: "not-signed-in", title: "Not signed in", status: 401, detail: fault.message }, {}, BEARER);
  if (fault instanceof OperatorFault)
    return problem({
      kind: "operator-fault",
      title: "A person must change something",
      status: 422,
      detail: fault.message,
    });
  if (fault instanceof RetryableFault)
    return problem(
      { kind: "retryable-fault", title: "Try again", status: 503, detail: fault.message },
      {},
      RETRY_AFTER,
    );
  const status = statusOf(fault);
  if (status === 415)
    return problem({
      kind: "unsupported-media-type",
      title: "Unsupported media type",
      status,
      detail: "expected a body of content-type application/json",
    });
  if (status === 422)
    return problem({
      kind: "invalid-json",
      title: "Invalid JSON",
      status: 400,
      detail: `the body is no JSON${where(fault)}`,
    });
  return problem(
    {
      kind: "internal",
      title: "Internal error",
      status: 500,
      detail: `Sluice failed; its log tells more under request ${requestId}`,
    },
    { requestId },
  );
};

export const isUnexpected = ({ status }: HttpAnswer): boolean => status === 500;

const BEARER = { "www-authenticate": "Bearer" };
const RETRY_AFTER = { "retry-after": "2" };

/** The body parser's errors carry a status. */
const statusOf = (fault: unknown): number | undefined =>
  fault instanceof Error && "statusCode" in fault && typeof fault.statusCode === "number"
    ? fault.statusCode
    : undefined;

/** The parser's own message quotes the body, which may hold a password; only the place is told. */
const where = (fault: unknown): string => {
  const cause = fault instanceof Error ? fault.cause : undefined;
  const message =
    typeof cause === "object" && cause !== null && "message" in cause && typeof cause.message === "string"
      ? cause.message
      : "";
  const place = /at position (\d+)(?: \(line (\d+) column (\d+)\))?/.exec(message);
  if (place === null) return "";
  return place[2] === undefined ? ` at position ${place[1]}` : ` at line ${place[2]}, column ${place[3]}`;
};
