import { OperatorFault, RetryableFault } from "#core/fault.ts";

/**
 * Runs one call of an AWS client. What passes by itself (throttling, a server's error, a broken or slow connection) becomes a
 * `RetryableFault`; missing rights, credentials or resources become an `OperatorFault` that names `what`. Anything else is
 * rethrown as it is, for the adapter to translate.
 */
export const callAws = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    throw translated(what, error);
  }
};

const translated = (what: string, error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  if (isPassing(error)) return new RetryableFault(`${what}: ${error.name}: ${error.message}`, { cause: error });
  if (RIGHTS.test(error.name))
    return new OperatorFault(
      `${what} was refused (${error.name}: ${error.message}); expected the function's role to allow it: correct its policy or credentials`,
      { cause: error },
    );
  return error;
};

const RIGHTS =
  /^(AccessDenied|UnrecognizedClient|InvalidSignature|InvalidClientTokenId|ExpiredToken|IncompleteSignature|MissingAuthenticationToken|CredentialsProviderError|AuthorizationError|KMSAccessDenied)/;

const THROTTLED =
  /Throttl|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded|TooManyUpdates|LimitExceeded(?!.*Size)|SlowDown/;

const NETWORK = /^(ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|UND_ERR)/;

const isPassing = (error: Error): boolean => {
  const details = error as { $retryable?: unknown; $metadata?: { httpStatusCode?: number }; code?: unknown };
  const status = details.$metadata?.httpStatusCode ?? 0;
  return (
    details.$retryable !== undefined ||
    status >= 500 ||
    status === 429 ||
    THROTTLED.test(error.name) ||
    error.name === "TimeoutError" ||
    error.name === "AbortError" ||
    (typeof details.code === "string" && NETWORK.test(details.code))
  );
};
