import type { Side } from "#core/kafka/offset.ts";
import type { TopicTraits, Translation, TranslationRequest } from "./translation.ts";

type Unresolved = Extract<Translation<Side, Side>, { kind: "unresolved" }>;

/** Why a commit cannot be translated by content at all, decided before anything is read; undefined: it can be tried. */
export const refusal = <A extends Side, B extends Side>(request: TranslationRequest<A, B>): Unresolved | undefined => {
  const { topic, partition } = request.partition;
  const name = `${topic}/${partition}`;
  for (const [side, traits] of [
    ["from", request.from.topic],
    ["to", request.to.topic],
  ] as const) {
    const unfit = unfitTopic(traits);
    if (unfit !== undefined)
      return {
        kind: "unresolved",
        reason: `${name} has ${unfit} on the ${side} side, so content and time do not identify its records`,
        cure: 'give the group plan "reset-earliest" or "reset-latest" with a reason, or move it later',
      };
  }
  const { logStart, highWatermark } = request.from.ends;
  if (request.committed < logStart)
    return {
      kind: "unresolved",
      reason: `the commit ${request.committed} of ${name} is below log start ${logStart}: records the group has not processed were deleted`,
      cure: `the group's owner decides: reset it to ${logStart} or later, or give it plan "reset-earliest" or "reset-latest"`,
    };
  if (request.committed > highWatermark)
    return {
      kind: "unresolved",
      reason: `the commit ${request.committed} of ${name} is beyond the log's end ${highWatermark}: the log was cut off or created anew`,
      cure: "the group's owner decides where it goes on, by resetting its offset to one that exists",
    };
  return undefined;
};

const unfitTopic = ({ cleanupPolicy, timestampType }: TopicTraits): string | undefined => {
  if (cleanupPolicy.split(",").some((policy) => policy.trim() === "compact")) return `cleanup.policy ${cleanupPolicy}`;
  return timestampType === "CreateTime" ? undefined : `message.timestamp.type ${timestampType}`;
};
