import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { AskedServer } from "#adapters/http/asked-server.ts";
import { OperatorFault } from "#core/fault.ts";
import { isUnknown, type Unknown } from "#core/inventory/unknown.ts";
import type { HttpServer } from "#core/migration/http-servers.ts";
import { type Certificates, madeCertificates } from "../../certificates/secure-broker.ts";
import { heldSecrets } from "../../workers/worker-task.ts";
import { type Served, served } from "./served.ts";

let certificates: Certificates;
const open: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  certificates = await madeCertificates();
});
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop();
});
afterAll(() => {
  expect(open).toEqual([]);
});

const secrets = () =>
  heldSecrets({
    basic: { username: "sluice", password: "pw:planted" },
    bearer: { token: "token-planted" },
    mtls: certificates.client,
  });

const serve = async (answer: RequestListener, tls?: Parameters<typeof served>[1]): Promise<Served> => {
  const server = await served(answer, tls);
  open.push(server);
  return server;
};
const asking = (server: HttpServer, o: Partial<ConstructorParameters<typeof AskedServer>[0]> = {}): AskedServer => {
  const asked = new AskedServer({
    called: "the schema registry of the source",
    declaredAt: "source.schemaRegistry",
    source: "Schema Registry",
    secrets: secrets(),
    timeoutMilliseconds: 5_000,
    ...o,
    server,
  });
  open.push({ stop: () => asked.close() });
  return asked;
};
const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
  response.writeHead(status, headers).end(JSON.stringify(body));
};
const gap = (value: unknown): Unknown["unknown"] => {
  if (!isUnknown(value)) throw new Error(`expected to be unknown: ${JSON.stringify(value)}`);
  return value.unknown;
};

describe("asking a server beside Kafka", () => {
  it.each([
    ["none", undefined],
    ["basic", `Basic ${Buffer.from("sluice:pw:planted").toString("base64")}`],
    ["bearer", "Bearer token-planted"],
  ] as const)("signs in by %s, under the path that the file gives", async (type, expected) => {
    const seen: Pick<IncomingMessage, "url" | "method" | "headers">[] = [];
    const { url } = await serve((request, response) => {
      seen.push(request);
      json(response, 200, ["orders"]);
    });
    const auth = type === "none" ? { type } : { type, secret: type };
    expect(await asking({ url: `${url}/apis/`, auth }).get("/subjects")).toEqual({ status: 200, body: ["orders"] });
    expect(seen.map(({ method, url: at, headers }) => [method, at, headers.authorization])).toEqual([
      ["GET", "/apis/subjects", expected],
    ]);
  });

  it("trusts the authority that the file names and shows a client certificate; without them it says what is missing", async () => {
    const { broker, authority } = certificates;
    const own = { cert: broker.certificate, key: broker.key, ca: authority.certificate };
    const { url } = await serve((_request, response) => json(response, 200, []), {
      ...own,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const ca = authority.certificate;
    expect(await asking({ url, ca, auth: { type: "mtls", secret: "mtls" } }).get("/subjects")).toMatchObject({
      status: 200,
    });
    expect(gap(await asking({ url, auth: { type: "mtls", secret: "mtls" } }).get("/subjects")).cure).toContain(
      "source.schemaRegistry.ca",
    );
    expect(isUnknown(await asking({ url, ca }).get("/subjects"))).toBe(true);
  });

  it.each([
    [undefined, /name how Sluice signs in there under source\.schemaRegistry\.auth/],
    [{ type: "basic", secret: "basic" } as const, /let the one whom secret basic signs in read it/],
  ])("names the cure where it may not read, and no secret", async (auth, cure) => {
    const { url } = await serve((_request, response) => json(response, 403, { message: "no" }));
    const told = gap(await asking({ url, auth }).get("/subjects"));
    expect(told.cure).toMatch(cure);
    expect(told.why).toBe(`the schema registry of the source at ${url} answered GET /subjects with 403, "no"`);
  });

  it("a silent server costs its time-out once, and nothing more is sent to it", async () => {
    let requests = 0;
    const { url } = await serve(() => void requests++);
    const asked = asking({ url }, { timeoutMilliseconds: 200 });
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => asked.get(`/subjects/${n}`)));
    const took = performance.now() - began;
    expect(new Set(answers.map((one) => gap(one).why)).size).toBe(1);
    expect(gap(answers[0])).toMatchObject({
      why: expect.stringContaining("nothing within 200 ms"),
      cure: expect.stringContaining("source.schemaRegistry.url"),
    });
    // Of 200 requests only those that were on their way at once; 200 in eights would take 5 s.
    expect(requests).toBeLessThanOrEqual(8);
    expect(took).toBeLessThan(2_500);
    await asked.get("/subjects");
    expect(requests).toBeLessThanOrEqual(8);
  });

  it("one answer that does not come hides no other", async () => {
    const { url } = await serve((request, response) => {
      if (request.url !== "/late") json(response, 200, request.url);
    });
    const asked = asking({ url }, { timeoutMilliseconds: 1_500 });
    const late = asked.get("/late");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await asked.get("/soon")).toMatchObject({ body: "/soon" });
    expect(gap(await late).why).toContain("GET /late");
    expect(await asked.get("/after")).toMatchObject({ body: "/after" });
  });

  it("waits as long as a server that is asked too much says", async () => {
    let requests = 0;
    const { url } = await serve((_request, response) =>
      ++requests < 3 ? json(response, 429, {}, { "retry-after": "0" }) : json(response, 200, "now"),
    );
    expect(await asking({ url }).get("/subjects")).toMatchObject({ status: 200, body: "now" });
    expect(requests).toBe(3);
  });

  it.each<[string, RequestListener, RegExp]>([
    ["no JSON", (_q, r) => void r.writeHead(200).end("<html>password"), /something other than JSON$/],
    ["a redirection", (_q, r) => void r.writeHead(302, { location: "http://127.0.0.1:1/" }).end(), /with 302$/],
    [
      "an answer without an end",
      (_q, r) => void r.writeHead(200).end(Buffer.alloc(33 << 20, " ")),
      /larger than 33554432 bytes$/,
    ],
    ["a fault", (_q, r) => json(r, 500, { message: "x".repeat(5_000) }), /with 500, "x{200}"$/],
  ])("takes %s for no answer, and asks on", async (_what, answer, why) => {
    let isFirst = true;
    const { url } = await serve((request, response) => {
      if (!isFirst) return json(response, 200, "fine");
      isFirst = false;
      return answer(request, response);
    });
    const asked = asking({ url });
    expect(gap(await asked.get("/subjects")).why).toMatch(why);
    expect(await asked.get("/subjects")).toMatchObject({ body: "fine" });
  });

  it("asks nothing where the secret cannot be read, and says why", async () => {
    let requests = 0;
    const { url } = await serve(() => void requests++);
    const why = "secret shop/registry does not exist; create it, or correct its name in the migration file";
    const readCredentials = () => Promise.reject(new OperatorFault(why));
    const asked = asking(
      { url, auth: { type: "basic", secret: "shop/registry" } },
      { secrets: { ...secrets(), readCredentials } },
    );
    expect(gap(await asked.get("/subjects")).why).toContain(why);
    expect(requests).toBe(0);
  });
});
