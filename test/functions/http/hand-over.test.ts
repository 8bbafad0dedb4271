import type { Context } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { rollBackWaveContract, thawWaveContract } from "#functions/api/commands.ts";
import type { Order } from "#functions/commands/order.ts";
import { workerHandler } from "#functions/commands/worker-handler.ts";
import { handOver } from "#functions/http/hand-over.ts";
import { commandRollBack } from "#use-cases/command-roll-back.ts";
import { orderThaw } from "#use-cases/order-thaw.ts";
import type { Deps } from "#use-cases/ports/deps.ts";
import { type Home, startHome } from "../../in-memory/home.ts";

const context = (awsRequestId: string) =>
  ({ functionName: "a-function", awsRequestId, getRemainingTimeInMillis: () => 60_000 }) as unknown as Context;
type Asked = {
  readonly person?: string;
  readonly body?: unknown;
  readonly wave?: string;
  readonly key?: string;
  readonly migration?: string;
};

/** Both routes and both workers, with nothing but JSON between them. */
function deployedHome(home: Home, deps: () => Deps = () => home.deps) {
  const orders: Order[] = [];
  const thawing = workerHandler(thawWaveContract, deps, (given, ref, { person, body }) =>
    orderThaw(given, ref, { person, reason: body.reason, invocationEndsAt: home.invocationEndsAt() }),
  );
  const rollingBack = workerHandler(rollBackWaveContract, deps, (given, ref, { person, body }) =>
    commandRollBack(given, ref, { person, reason: body.reason, invocationEndsAt: home.invocationEndsAt() }),
  );
  const throughLambda = (worker: typeof thawing) => () => async (_what: string, order: unknown) => {
    const event = JSON.parse(JSON.stringify(order)) as Order;
    orders.push(event);
    return JSON.parse(JSON.stringify(await worker(event, context("of-the-worker"))));
  };
  const deployed = {
    access: () => ({ posters: ["jwt:olga"], readers: [], ssoRoles: new Set<string>() }),
    migration: (name: string) => home.store.migration(name),
  };
  const routes = {
    thaw: handOver(thawWaveContract, "thaw", throughLambda(thawing), deployed),
    "roll-back": handOver(rollBackWaveContract, "roll-back", throughLambda(rollingBack), deployed),
  };
  const ask = async (route: keyof typeof routes, o: Asked = {}) => {
    const { statusCode, headers, body } = await routes[route](
      {
        version: "2.0",
        headers: { "content-type": "application/json", ...(o.key !== undefined && { "idempotency-key": o.key }) },
        requestContext: { authorizer: { jwt: { claims: { sub: o.person ?? "olga" } } } },
        pathParameters: { migration: o.migration ?? "shop", wave: o.wave ?? "payments" },
        ...(o.body !== undefined && { body: JSON.stringify(o.body) }),
      },
      context("of-the-route"),
    );
    return { status: statusCode, media: headers["content-type"], headers, ...(JSON.parse(body) as object) };
  };
  return { ask, orders };
}

const frozen = async (): Promise<Home> => {
  const home = await startHome();
  await home.reach("cutover-ready");
  const row = await home.row();
  const now = home.clock.now();
  const freeze = { id: "freeze-1", startedAt: now, deadlineAt: now + 60_000 };
  await home.store.write(row, { ...row, phase: "frozen", freeze }, [{ event: "WaveFrozen", by: "sluice" }], now);
  return home;
};

describe.each(["thaw", "roll-back"] as const)("POST …/%s, which hands its command over", (route) => {
  it.each<[string, Asked, object]>([
    [
      "of somebody without the role, 403 with who could",
      { person: "carl" },
      {
        status: 403,
        detail: `carl is no operator of migration shop; ${route === "thaw" ? "thawing a wave" : "rolling a wave back"} needs one`,
        who: ["olga"],
      },
    ],
    ["on a wave that is not there, 404", { wave: "nothing" }, { status: 404, cure: expect.stringContaining("/waves") }],
    ["on a migration that is not there, 404", { migration: "none" }, { status: 404 }],
    ["with an empty reason, 400", { body: { reason: "" } }, { status: 400, errors: [{ path: "reason" }] }],
    ["with a key of two words, 400", { key: "two words" }, { status: 400 }],
  ])("answers one %s, without its worker", async (_what, asked, answer) => {
    const { ask, orders } = deployedHome(await startHome());
    expect(await ask(route, asked)).toMatchObject({ media: "application/problem+json", ...answer });
    expect(orders).toEqual([]);
  });

  it("hands over who signed in, the request, the key and the body, and nothing of the event besides", async () => {
    const { ask, orders } = deployedHome(await startHome());
    await ask(route, { body: { reason: "the bank calls" }, key: "one-1" });
    expect(orders).toEqual([
      {
        migration: "shop",
        wave: "payments",
        person: "olga",
        requestId: "of-the-route",
        key: "one-1",
        body: { reason: "the bank calls" },
      },
    ]);
  });

  it("answers with the worker's refusal as it is", async () => {
    const { ask } = deployedHome(await startHome());
    expect(await ask(route)).toMatchObject({ status: 409, media: "application/problem+json", title: "Refused" });
  });

  it.each<[Error, object]>([
    [new OperatorFault("a secret is missing"), { status: 422, detail: "a secret is missing" }],
    [
      new RetryableFault("broker 1 is away"),
      { status: 503, detail: "broker 1 is away", headers: expect.objectContaining({ "retry-after": "2" }) },
    ],
    [
      new TypeError("of the inside"),
      {
        status: 500,
        requestId: "of-the-route",
        detail: "Sluice failed; its log tells more under request of-the-route",
      },
    ],
  ])("answers the worker's %s as if it were its own", async (fault, answer) => {
    const failing = deployedHome(await startHome(), () => {
      throw fault;
    });
    expect(await failing.ask(route)).toMatchObject({ media: "application/problem+json", ...answer });
  });
});

describe("a freeze", () => {
  it("is lifted by the person who ordered it, once under one key, however often that comes", async () => {
    const home = await frozen();
    const { ask } = deployedHome(home);
    const order = { body: { reason: "the bank calls" }, key: "thaw-1" };
    expect(await ask("thaw", order)).toMatchObject({
      status: 200,
      media: "application/json",
      wave: { phase: "cutover-ready", hold: { by: "olga", reason: "the bank calls" } },
    });
    const { journal } = await home.row();
    expect(await ask("thaw", order)).toMatchObject({
      status: 200,
      already: expect.stringMatching(/^Idempotency-Key thaw-1 was answered at \S+: journal entry \d+, ThawClaimed/),
    });
    expect((await home.row()).journal).toEqual(journal);
    // Without a key it is judged by the wave as it is: there is no second effect either.
    expect(await ask("thaw", { body: order.body })).toMatchObject({
      status: 409,
      detail: expect.stringContaining("it has no freeze to lift, held by olga: the bank calls"),
    });
    expect((await home.row()).journal).toEqual(journal);
  });

  it("is lifted before the wave goes back that is ordered back in it", async () => {
    const home = await frozen();
    expect(await deployedHome(home).ask("roll-back", { body: { reason: "wrong sums" } })).toMatchObject({
      status: 200,
    });
    expect(await home.events()).toEqual(expect.arrayContaining(["ThawClaimed", "RollBackOrdered", "WaveThawed"]));
    expect((await home.settle(({ phase }) => phase === "rolled-back")).phase).toBe("rolled-back");
  });
});
