import { expect, test } from "vitest";
import { gatewayResponse } from "#local/edge/http-api/gateway-response.ts";

const shown = (result: unknown) => {
  const { status, headers, body } = gatewayResponse(result);
  return { status, type: headers["content-type"], body: body.toString() };
};

test("anything without a status code is the JSON body of a 200", () => {
  expect(shown({ a: 1 })).toEqual({ status: 200, type: "application/json", body: '{"a":1}' });
  expect(shown("text")).toEqual({ status: 200, type: "application/json", body: "text" });
  expect(shown(null)).toEqual({ status: 200, type: "application/json", body: "null" });
  expect(shown([1])).toEqual({ status: 200, type: "application/json", body: "[1]" });
});

test("a full response keeps status, headers in lower case, and bytes", () => {
  expect(shown({ statusCode: 204 })).toEqual({ status: 204, type: "text/plain;charset=UTF-8", body: "" });
  const full = { statusCode: "409", headers: { "Content-Type": "application/problem+json" }, body: "{}" };
  expect(shown(full)).toEqual({ status: 409, type: "application/problem+json", body: "{}" });
  const bytes = gatewayResponse({ statusCode: 200, body: "AP8=", isBase64Encoded: true });
  expect([...bytes.body]).toEqual([0, 255]);
});

test("a malformed response is no response", () => {
  expect(() => gatewayResponse({ statusCode: "many" })).toThrow();
  expect(() => gatewayResponse({ statusCode: 200, body: { a: 1 } })).toThrow();
});
