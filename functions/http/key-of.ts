import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { IDEMPOTENCY_KEY, idempotencyKeySchema } from "../api/commands.ts";
import { parseRequest } from "./invalid-request.ts";

/** The caller's own name for a command. API Gateway gives header names in lower case. */
export const keyOf = ({ headers }: APIGatewayProxyEventV2): string | undefined => {
  const value = headers?.[IDEMPOTENCY_KEY.toLowerCase()];
  return value === undefined ? undefined : parseRequest(`header ${IDEMPOTENCY_KEY}`, idempotencyKeySchema, value);
};
