import type { HttpAnswer } from "#adapters/http/get-json.ts";
import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import type * as z from "#core/schema.ts";

/** What an answer says, where it says it as the API's description does. */
export function readAs<T, R>(
  answer: OrUnknown<HttpAnswer>,
  schema: z.ZodMiniType<T>,
  value: (parsed: T) => R,
): OrUnknown<R> {
  if (isUnknown(answer)) return answer;
  const parsed = schema.safeParse(answer.body);
  return parsed.success
    ? value(parsed.data)
    : unknown("Schema Registry", "the registry answered in a form that is not known here");
}
