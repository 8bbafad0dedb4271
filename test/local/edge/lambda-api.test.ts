import { expect, test } from "vitest";
import type { FunctionEntry } from "#functions/manifest.ts";
import type { Invoked } from "#local/edge/invoke-function.ts";
import { invokedFunction, lambdaApi } from "#local/edge/lambda-api.ts";

const entry: FunctionEntry = { name: "f", file: "f.ts", timeoutSeconds: 1, invokedBy: { kind: "function" } };

const api = (invoked: Invoked) => {
  const accepted: unknown[] = [];
  const answer = lambdaApi({
    functions: new Map([["f", entry]]),
    invoke: async () => invoked,
    events: { accept: (_, event) => void accepted.push(event), end: async () => undefined },
  });
  return { answer, accepted };
};
const done: Invoked = { requestId: "r", kind: "result", value: undefined };
const json = (body: Buffer): unknown => JSON.parse(body.toString());

test.each([
  ["/2015-03-31/functions/steps-start/invocations", "steps-start"],
  ["/2015-03-31/functions/steps-start:live/invocations?Qualifier=1", "steps-start"],
  ["/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af/invocations", "f"],
  ["/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST/invocations", "f"],
  ["/2015-03-31/functions/123456789012:function:f/invocations", "f"],
  ["/2015-03-31/functions/f", undefined],
  ["/", undefined],
])("%s invokes %s", (path, name) => {
  expect(invokedFunction(path)).toBe(name);
});

test("answers as Lambda does when there is no result, no host, no function, no JSON, or too much", async () => {
  const { answer } = api(done);
  const ok = await answer("f", {}, Buffer.alloc(0));
  expect([ok.status, json(ok.body), ok.headers["x-amz-function-error"]]).toEqual([200, null, undefined]);
  const noHost = await api({ requestId: "r", kind: "unavailable", reason: "none is up" }).answer(
    "f",
    {},
    Buffer.from("1"),
  );
  expect([noHost.status, noHost.headers["x-amzn-errortype"]]).toEqual([500, "ServiceException"]);
  const refusals = await Promise.all([
    answer("g", {}, Buffer.from("{}")),
    answer("f", {}, Buffer.from("{")),
    answer("f", {}, Buffer.alloc(6 * 1024 * 1024 + 1)),
    answer("f", { "x-amz-invocation-type": "Event" }, Buffer.alloc(1024 * 1024 + 1)),
    answer("f", { "x-amz-invocation-type": "Sometimes" }, Buffer.from("{}")),
  ]);
  expect(refusals.map((reply) => [reply.status, reply.headers["x-amzn-errortype"]])).toEqual([
    [404, "ResourceNotFoundException"],
    [400, "InvalidRequestContentException"],
    [413, "RequestTooLargeException"],
    [413, "RequestTooLargeException"],
    [400, "InvalidParameterValueException"],
  ]);
});

test("an event goes to the queue and a dry run nowhere", async () => {
  const { answer, accepted } = api(done);
  expect((await answer("f", { "x-amz-invocation-type": "DryRun" }, Buffer.from("{}"))).status).toBe(204);
  expect((await answer("f", { "x-amz-invocation-type": "Event" }, Buffer.from('{"a":1}'))).status).toBe(202);
  expect(accepted).toEqual([{ a: 1 }]);
});
