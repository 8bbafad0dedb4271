import type { Context } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { holdWaveContract, resumeWaveContract, startWaveContract } from "#functions/api/commands.ts";
import { handler as approve } from "#functions/http/approve-gate.ts";
import { commandHandler } from "#functions/http/command-handler.ts";
import { handler as hold } from "#functions/http/hold-wave.ts";
import { handler as resume } from "#functions/http/resume-wave.ts";
import type { HttpHandler } from "#functions/http/route-handler.ts";
import { handler as seal } from "#functions/http/seal-wave.ts";
import { handler as start } from "#functions/http/start-wave.ts";
import { handler as thaw } from "#functions/http/thaw-wave.ts";
import { holdWave } from "#use-cases/hold-wave.ts";
import { resumeWave } from "#use-cases/resume-wave.ts";
import { startWave } from "#use-cases/start-wave.ts";
import { startHome } from "../../in-memory/home.ts";

const context = {
  functionName: "http-test",
  awsRequestId: "request-1",
  getRemainingTimeInMillis: () => 20_000,
} as unknown as Context;
const ask = async (
  handler: HttpHandler,
  o: { readonly person?: string; readonly body?: unknown; readonly wave?: string; readonly key?: string },
) => {
  const { statusCode, body } = await handler(
    {
      version: "2.0",
      headers: { "content-type": "application/json", ...(o.key !== undefined && { "idempotency-key": o.key }) },
      requestContext: { ...(o.person !== undefined && { authorizer: { jwt: { claims: { sub: o.person } } } }) },
      pathParameters: { migration: "shop", wave: o.wave ?? "payments" },
      ...(o.body !== undefined && { body: JSON.stringify(o.body) }),
    },
    context,
  );
  return { status: statusCode, ...(JSON.parse(body) as Record<string, unknown>) };
};
const commands = { approve, hold, resume, seal, start, thaw };

describe("the command handlers", () => {
  it.each(Object.entries(commands))(
    "%s asks a stranger who it is, and looks at nothing else",
    async (_name, handler) => {
      expect(await ask(handler, { body: { no: "such" } })).toMatchObject({ status: 401, title: "Not signed in" });
    },
  );

  it.each<[string, HttpHandler, unknown, string]>([
    ["approve without a gate", approve, { evidence: "h" }, "gate"],
    ["approve of no gate of the table", approve, { gate: "exit", evidence: "h" }, "gate"],
    ["approve without evidence", approve, { gate: "go" }, "evidence"],
    ["approve of empty evidence", approve, { gate: "go", evidence: "" }, "evidence"],
    ["approve with an unknown key", approve, { gate: "go", evidence: "h", force: true }, "force"],
    ["seal without evidence", seal, undefined, "evidence"],
    ["hold with an empty reason", hold, { reason: "" }, "reason"],
    ["hold with a reason that is no text", hold, { reason: 7 }, "reason"],
    ["thaw with an unknown key", thaw, { now: true }, "now"],
  ])("%s is 400 and names the field", async (_what, handler, body, path) => {
    expect(await ask(handler, { person: "olga", body })).toMatchObject({
      status: 400,
      errors: [{ path, message: expect.any(String) }],
    });
  });
});

describe("a command over HTTP", () => {
  const deploy = async () => {
    const home = await startHome();
    const deployed = {
      access: () => ({ posters: ["jwt:olga"], readers: [], ssoRoles: new Set<string>() }),
      migration: (name: string) => home.store.migration(name),
    };
    return {
      home,
      start: commandHandler(
        startWaveContract,
        () => home.deps,
        (deps, ref, { person }) => startWave(deps, ref, person),
        deployed,
      ),
      resume: commandHandler(
        resumeWaveContract,
        () => home.deps,
        (deps, ref, { person }) => resumeWave(deps, ref, person),
        deployed,
      ),
      hold: commandHandler(
        holdWaveContract,
        () => home.deps,
        (deps, ref, { person, body }) => holdWave(deps, ref, person, body.reason),
        deployed,
      ),
    };
  };

  it("of somebody without the role is 403 and names who could", async () => {
    expect(await ask((await deploy()).start, { person: "carl" })).toMatchObject({
      status: 403,
      detail: "carl is no operator of migration shop; starting a wave needs one",
      who: ["olga"],
    });
  });

  it("of somebody whom the file does not know is 403, too", async () => {
    expect(await ask((await deploy()).start, { person: "mallory" })).toMatchObject({
      status: 403,
      detail: "jwt:mallory is no operator of migration shop; starting a wave needs one",
      who: ["olga"],
    });
  });

  it("on a wave that does not exist is 404 and tells where they are listed", async () => {
    expect(await ask((await deploy()).start, { person: "olga", wave: "nothing" })).toMatchObject({
      status: 404,
      detail: "there is no wave nothing in migration shop",
      cure: "GET /migrations/shop/waves lists them; those that a plan is to make come when one is accepted: POST /migrations/shop/plan",
    });
  });

  it("is 200 with the state, and 200 with the same state when its effect already holds", async () => {
    const { start: begin } = await deploy();
    expect(await ask(begin, { person: "olga" })).toMatchObject({ status: 200, wave: { phase: "planned", run: 1 } });
    expect(await ask(begin, { person: "olga" })).toMatchObject({
      status: 200,
      wave: { phase: "planned", run: 1 },
      already: expect.stringContaining("was started"),
    });
  });

  it("that the row does not allow is 409 with why, and stays so under its key", async () => {
    const { home, hold: stop } = await deploy();
    const early = { person: "olga", body: { reason: "r" }, key: "early" };
    expect(await ask(stop, early)).toMatchObject({
      status: 409,
      detail: "wave payments is planned; there is nothing to hold",
    });
    await home.reach("replicating");
    expect(await ask(stop, early)).toMatchObject({
      status: 409,
      detail: expect.stringMatching(/^Idempotency-Key early was answered at \S+: wave payments is planned/),
      cure: expect.stringContaining("another key"),
    });
  });

  it("with a key is done once, even when its effect is long undone, and told so; with another key it is another command", async () => {
    const { home, hold: stop, resume: goOn } = await deploy();
    await home.reach("replicating");
    const lunch = { person: "olga", body: { reason: "lunch" }, key: "lunch-1" };
    expect(await ask(stop, lunch)).toMatchObject({ status: 200, wave: { hold: { reason: "lunch" } } });
    expect(await ask(goOn, { person: "olga", key: "back-1" })).toMatchObject({ status: 200 });
    const { run, journal } = await home.row();
    expect(await ask(stop, lunch)).toMatchObject({
      status: 200,
      already: expect.stringMatching(
        /^Idempotency-Key lunch-1 was answered at \S+: journal entry \d+, WaveHeld; wave payments is replicating by now$/,
      ),
    });
    expect(await ask(goOn, { person: "olga", key: "back-1" })).toMatchObject({ already: expect.any(String) });
    expect(await home.row()).toMatchObject({ run, journal });
    expect(await ask(stop, { ...lunch, key: "lunch-2" })).toMatchObject({ wave: { hold: { reason: "lunch" } } });
    // Whoever comes between the look and the write is seen by the write.
    await ask(goOn, { person: "olga", key: "back-2" });
    const held = (await home.events()).filter((event) => event === "WaveHeld").length;
    const answers = await Promise.all(["lunch-3", "lunch-3", "lunch-3"].map((key) => ask(stop, { ...lunch, key })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await home.events()).filter((event) => event === "WaveHeld")).toHaveLength(held + 1);
    // What changed nothing when it came does not change anything later.
    expect(await ask(stop, { ...lunch, key: "lunch-4" })).toMatchObject({
      already: expect.stringContaining("held by"),
    });
    await ask(goOn, { person: "olga", key: "back-3" });
    expect(await ask(stop, { ...lunch, key: "lunch-4" })).toMatchObject({
      already: expect.stringMatching(
        /^Idempotency-Key lunch-4 was answered at \S+: held by olga: lunch; wave payments/,
      ),
    });
    expect((await home.row()).hold).toBeUndefined();
  });

  it("whose key is none of visible characters is 400 and names the header", async () => {
    const { start: begin } = await deploy();
    expect(await ask(begin, { person: "olga", key: "two words" })).toMatchObject({
      status: 400,
      detail: expect.stringContaining("header Idempotency-Key"),
      errors: [{ value: "two words", message: expect.stringContaining("1 to 128 visible ASCII characters") }],
    });
  });

  it("never answers with the task token, which would let anybody send the execution on", async () => {
    const { home, hold: stop } = await deploy();
    await home.reach("replicating");
    await home.settle((row) => row.gate !== undefined, { approves: false });
    const answer = await ask(stop, { person: "olga", body: { reason: "r" } });
    expect(answer).toMatchObject({ status: 200, wave: { gate: { step: "move-consumers" } } });
    expect(JSON.stringify(answer)).not.toContain((await home.row()).gate?.token);
  });
});
