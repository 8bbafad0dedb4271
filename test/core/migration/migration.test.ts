import { describe, expect, it } from "vitest";
import { policySchema } from "#core/migration/defaults.ts";
import { migrationSchema, planOf } from "#core/migration/migration.ts";
import { migration, migrationFile, waveFile, waveWithBoth } from "../../in-memory/migration.ts";

type Finding = { readonly path: string; readonly message: string };
const findings = (file: unknown): Finding[] => {
  const parsed = migrationSchema.safeParse(file);
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) => ({
    path: issue.path.map(String).join("."),
    message: issue.code === "unrecognized_keys" ? `unknown ${issue.keys.join()}` : issue.message,
  }));
};
type Wave = Omit<ReturnType<typeof waveFile>, "clients" | "groups"> & {
  readonly clients: readonly Readonly<Record<string, unknown>>[];
  readonly groups: readonly Readonly<Record<string, unknown>>[];
};
/** A file of one wave, changed. */
const withWave = (
  change: (wave: Wave) => Readonly<Record<string, unknown>>,
  file: Readonly<Record<string, unknown>> = {},
) => {
  const wave = waveFile("payments");
  return migrationFile({ waves: [{ ...wave, ...change(wave) }], ...file });
};
const withClient = (
  index: number,
  change: Readonly<Record<string, unknown>>,
  file: Readonly<Record<string, unknown>> = {},
) =>
  withWave(
    (wave) => ({ clients: wave.clients.map((client, i) => (i === index ? { ...client, ...change } : client)) }),
    file,
  );
const PRODUCER = 0;
const CONSUMER = 1;

describe("a migration file", () => {
  it("as a person writes it has no finding, and its defaults are filled in", () => {
    expect(findings(migrationFile())).toEqual([]);
    const { source, policy, replicator, waves } = migration();
    expect(source).toMatchObject({ brokersAllowEveryone: "unknown", superUsers: [] });
    expect(policy).toEqual(policySchema.parse({}));
    expect(policy).toMatchObject({ freezeDeadlineSeconds: 60, leaseSeconds: 60, windowMinSamples: 20 });
    expect(replicator).toMatchObject({ tasksPerConnector: 2, emitsOffsetSyncs: false });
    expect(waves[0]?.groups[0]).toMatchObject({ plan: "exact", isolation: "read_committed", maxDuplicates: 0 });
    expect(waves[0]?.clients[PRODUCER]).toMatchObject({ stopSeconds: 5, startSeconds: 5 });
  });

  it("names an unknown key where it stands, at every level", () => {
    expect(findings(migrationFile({ wafes: [] }))).toEqual([{ path: "", message: "unknown wafes" }]);
    expect(findings(migrationFile({ policy: { freezeDeadline: 60 } }))).toEqual([
      { path: "policy", message: "unknown freezeDeadline" },
    ]);
    expect(findings(withClient(PRODUCER, { swich: {} }))).toEqual([
      { path: "waves.0.clients.0", message: "unknown swich" },
    ]);
  });

  it("refuses a secret's value where its reference belongs", () => {
    const auth = { type: "scram", mechanism: "SCRAM-SHA-256", secret: "shop/source", password: "p" };
    expect(findings(migrationFile({ source: { bootstrapServers: ["a:1"], auth } }))).toEqual([
      { path: "source.auth", message: "unknown password" },
    ]);
  });

  it.each<[string, unknown, string, RegExp]>([
    ["a person twice", migrationFile({ people: [person("olga"), person("olga")] }), "people.1.id", /second person/],
    [
      "a wave twice",
      migrationFile({ waves: [waveFile("a"), { ...waveFile("b"), name: "a" }] }),
      "waves.1.name",
      /second wave/,
    ],
    [
      "a topic in two waves",
      migrationFile({ waves: [waveFile("a"), { ...waveFile("b"), topics: ["b", "a"] }] }),
      "waves.1.topics.1",
      /already in wave a/,
    ],
    [
      "a topic twice in one wave",
      withWave(() => ({ topics: ["t", "t"] })),
      "waves.0.topics.1",
      /already in wave payments/,
    ],
    [
      "a group in two waves",
      migrationFile({
        waves: [waveFile("a"), { ...waveFile("b"), groups: [...waveFile("a").groups, ...waveFile("b").groups] }],
      }),
      "waves.1.groups.0.id",
      /already in wave a/,
    ],
    ["a client's name twice", withClient(CONSUMER, { name: "api" }), "waves.0.clients.1.name", /second client/],
    [
      "one principal for both mirrors",
      migrationFile({ replicator: { forward: mirror("User:m"), reverse: mirror("User:m") } }),
      "replicator.reverse.principal",
      /a principal per direction/,
    ],
    [
      "a mirror's principal used by a client",
      withClient(PRODUCER, { principal: "User:mirror-forward" }),
      "waves.0.clients.0.principal",
      /mirror's principal/,
    ],
    [
      "a consumer without a group of the wave",
      withClient(CONSUMER, { group: "nobody" }),
      "waves.0.clients.1.group",
      /id of a group of this wave/,
    ],
    [
      "a producer with a group",
      withClient(PRODUCER, { group: "payments-ledger" }),
      "waves.0.clients.0.group",
      /leave it out/,
    ],
    [
      "a plan other than exact without a reason",
      withWave((wave) => ({ groups: wave.groups.map((group) => ({ ...group, plan: "reset-earliest" })) })),
      "waves.0.groups.0.reason",
      /needs a reason/,
    ],
    [
      "a second client for one group",
      withWave((wave) => ({
        clients: [...wave.clients, { ...wave.clients[CONSUMER], name: "second", switch: { ssm: "/s" } }],
      })),
      "waves.0.clients.2.group",
      /already the group of client ledger/,
    ],
    [
      "a producer and a consumer by one switch",
      withClient(CONSUMER, { switch: { ssm: "/payments/kafka/cluster" } }),
      "waves.0.clients.1.switch.ssm",
      /also switches client api of wave payments/,
    ],
    [
      "clients of two waves by one switch",
      migrationFile({
        waves: [
          waveFile("a"),
          { ...waveFile("b"), clients: [{ ...waveFile("b").clients[PRODUCER], switch: { ssm: "/a/kafka/cluster" } }] },
        ],
      }),
      "waves.1.clients.0.switch.ssm",
      /client api of wave a/,
    ],
  ])("names path and cure of %s", (_what, file, path, message) => {
    expect(findings(file)).toEqual([{ path, message: expect.stringMatching(message) }]);
  });

  describe("a client that reads and writes", () => {
    const BOTH = 2;
    const withBoth = (change: Record<string, unknown>, changes: Record<string, unknown> = {}) => {
      const wave = waveWithBoth("payments");
      const clients = wave.clients.map((client, index) => (index === BOTH ? { ...client, ...change } : client));
      return findings(migrationFile({ waves: [{ ...wave, clients }], ...changes }));
    };

    it("has a group of its wave, and may share a switch with those that stop and start with it", () => {
      expect(withBoth({})).toEqual([]);
      expect(withBoth({ switch: { ssm: "/payments/kafka/cluster" } })).toEqual([]);
    });

    it.each([
      ["without a group", { group: undefined }, "group", /id of a group of this wave, since the client reads too/],
      ["with a group of another wave", { group: "orders-ledger" }, "group", /id of a group of this wave/],
      ["with a consumer's group", { group: "payments-ledger" }, "group", /already the group of client ledger/],
      [
        "with a consumer's switch",
        { switch: { ssm: "/payments-ledger/kafka/cluster" } },
        "switch.ssm",
        /also switches client ledger/,
      ],
      ["with a mirror's principal", { principal: "User:mirror-forward" }, "principal", /mirror's principal/],
      ["that cannot stop and start in time", { stopSeconds: 46 }, "stopSeconds", /stop 46 s and start 5 s/],
    ])("is refused %s", (_what, change, path, message) => {
      expect(withBoth(change)).toEqual([
        { path: `waves.0.clients.${BOTH}.${path}`, message: expect.stringMatching(message) },
      ]);
    });

    it("is refused where it cannot start before the deadline of the producers' move", () => {
      expect(withBoth({ startSeconds: 11 }, { policy: { moveProducersDeadlineSeconds: 20 } })).toEqual([
        {
          path: `waves.0.clients.${BOTH}.startSeconds`,
          message: expect.stringContaining("moveProducersDeadlineSeconds 20"),
        },
      ]);
    });
  });

  it("lets producers of one wave share a switch: they stop and start together", () => {
    const file = withWave((wave) => ({ clients: [...wave.clients, { ...wave.clients[PRODUCER], name: "api-2" }] }));
    expect(findings(file)).toEqual([]);
  });

  it.each(["orders.internal", "orders-internal", "orders.replica", "__orders"])(
    "refuses topic %s, which MirrorMaker leaves out without a word",
    (topic) => {
      expect(findings(withWave(() => ({ topics: [topic] })))).toEqual([
        { path: "waves.0.topics.0", message: expect.stringContaining("MirrorMaker never mirrors") },
      ]);
    },
  );
  it.each(["internal", "internal.orders", "replica-orders", "_orders"])("takes topic %s", (topic) => {
    expect(findings(withWave(() => ({ topics: [topic] })))).toEqual([]);
  });

  it("refuses a producer that cannot stop and start within the freeze, with the figures", () => {
    expect(findings(withClient(PRODUCER, { stopSeconds: 30, startSeconds: 20 }))).toEqual([]);
    const [finding, ...others] = findings(withClient(PRODUCER, { stopSeconds: 31, startSeconds: 20 }));
    expect(others).toEqual([]);
    expect(finding).toEqual({
      path: "waves.0.clients.0.stopSeconds",
      message: expect.stringMatching(/stop 31 s and start 20 s with a margin of 10 s .*freezeDeadlineSeconds 60/),
    });
    // A consumer moves long before the freeze.
    expect(findings(withClient(CONSUMER, { stopSeconds: 300, startSeconds: 300 }))).toEqual([]);
  });

  it("refuses a producer that cannot start before the deadline of its move", () => {
    const policy = { moveProducersDeadlineSeconds: 20 };
    expect(findings(withClient(PRODUCER, { startSeconds: 10 }, { policy }))).toEqual([]);
    expect(findings(withClient(PRODUCER, { startSeconds: 11 }, { policy }))).toEqual([
      { path: "waves.0.clients.0.startSeconds", message: expect.stringContaining("moveProducersDeadlineSeconds 20") },
    ]);
  });

  it("refuses a freeze's deadline that leaves no time, or more than one invocation has", () => {
    const withDeadline = (seconds: number) =>
      findings(withWave(() => ({ clients: [] }), { policy: { freezeDeadlineSeconds: seconds } })).map(
        (one) => one.path,
      );
    expect(withDeadline(10)).toEqual(["policy.freezeDeadlineSeconds"]);
    expect(withDeadline(11)).toEqual([]);
    expect(withDeadline(60)).toEqual([]);
    expect(withDeadline(61)).toEqual(["policy.freezeDeadlineSeconds"]);
  });

  it("takes alarms and rules that roll back, and refuses those that name nothing", () => {
    const policy = {
      alarms: [{ name: "errors" }, { name: "latency (p99)", waves: ["payments"] }],
      rollbackRules: [{ kind: "lag", maxLagRecords: 0, forSeconds: 60, groups: ["payments-ledger"] }],
    };
    expect(findings(migrationFile({ policy }))).toEqual([]);
    const wrong = {
      alarms: [{ name: "errors", waves: ["payment"] }, { name: "errors" }],
      rollbackRules: [{ kind: "lag", maxLagRecords: 0, forSeconds: 60, groups: ["ledger"] }],
    };
    expect(findings(migrationFile({ policy: wrong }))).toEqual([
      { path: "policy.alarms.1.name", message: "names a second alarm; names must differ" },
      { path: "policy.alarms.0.waves.0", message: "expected the name of a wave of this file: payments, orders" },
      { path: "policy.rollbackRules.0.groups.0", message: expect.stringContaining("expected the id of a group") },
    ]);
  });

  it.each([
    ["alarms", { alarms: [{ name: "a", wave: "payments" }] }, "policy.alarms.0"],
    ["alarms", { alarms: [{ name: "arn:aws:cloudwatch:eu-west-1:1:alarm:a" }] }, "policy.alarms.0.name"],
    ["alarms", { alarms: [{ name: "a", waves: [] }] }, "policy.alarms.0.waves"],
    [
      "rules",
      { rollbackRules: [{ kind: "lag", maxLagRecords: 1, forSeconds: 1, group: "a" }] },
      "policy.rollbackRules.0",
    ],
    ["rules", { rollbackRules: [{ kind: "lagg", maxLagRecords: 1, forSeconds: 1 }] }, "policy.rollbackRules.0.kind"],
    [
      "rules",
      { rollbackRules: [{ kind: "lag", maxLagRecords: 1, forSeconds: 0 }] },
      "policy.rollbackRules.0.forSeconds",
    ],
  ])("names what is wrong with %s: %j", (_what, policy, path) => {
    expect(findings(migrationFile({ policy })).map((one) => one.path)).toEqual([path]);
  });

  it.each([
    ["bootstrapServers", { bootstrapServers: ["old-1"] }, "source.bootstrapServers.0"],
    ["auth", { auth: { type: "kerberos" } }, "source.auth.type"],
    ["super users", { superUsers: ["root"] }, "source.superUsers.0"],
  ])("names what is wrong with a cluster's %s", (_what, change, path) => {
    const { source } = migrationFile();
    expect(findings(migrationFile({ source: { ...source, ...change } })).map((one) => one.path)).toEqual([path]);
  });

  it("finds the plan of a wave by name", () => {
    expect(planOf(migration(), "orders")?.topics).toEqual(["orders"]);
    expect(planOf(migration(), "nothing")).toBeUndefined();
  });
});

function person(id: string) {
  return { id, roles: ["operator"] };
}
function mirror(principal: string) {
  return { principal, auth: { type: "none" } };
}
