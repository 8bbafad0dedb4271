import type { FunctionEntry } from "#functions/manifest.ts";

const WAVE = { migration: "shop", wave: "payments" };
const RUN = { ...WAVE, attempt: 1, run: 1 };
const CALLER = "arn:aws:iam::123456789012:role/platform-team";

/** An event of the kind that invokes a function. The table is empty: the call goes as far as its first answer. */
export const eventFor = ({ name, invokedBy }: FunctionEntry): unknown => {
  switch (invokedBy.kind) {
    case "http":
      return {
        version: "2.0",
        routeKey: invokedBy.route,
        headers: { "content-type": "application/json" },
        pathParameters: WAVE,
        body: "{}",
        requestContext: { authorizer: { iam: { userArn: CALLER, accountId: "123456789012" } } },
      };
    case "state-machine":
      return name === "steps-open-gate" ? { ...RUN, step: "seal", token: "token" } : RUN;
    case "one-shot-schedule":
      return { ...WAVE, freezeId: "freeze-1", deadlineAt: 1 };
    case "function":
      if (name.startsWith("commands-")) return { ...WAVE, person: "olga", requestId: "request-1", body: {} };
      return name.startsWith("inventory-") ? { migration: WAVE.migration, side: "source" } : WAVE;
    case "table-stream":
      return {
        Records: [
          {
            eventName: "INSERT",
            dynamodb: {
              SequenceNumber: "1",
              Keys: { pk: { S: "WAVE#shop/payments" }, sk: { S: "EVENT#000000000001" } },
            },
          },
        ],
      };
    case "alarm-event":
      return { "detail-type": "CloudWatch Alarm State Change", detail: { alarmName: "errors" } };
    case "minute-timer":
    case "nightly-timer":
      return {};
  }
};
