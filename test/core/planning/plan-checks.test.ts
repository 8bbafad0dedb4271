import { describe, expect, it } from "vitest";
import { waveFile } from "../../in-memory/migration.ts";
import { connector, producer, subject, transaction } from "../inventory/estates.ts";
import { group, offset, partition, topic } from "../inventory/snapshots.ts";
import { clientOf, planFor, producerClient, reader, writesTo } from "./stories.ts";

/** Two services, and a wave by hand for each as the test writes it. */
const items = {
  topics: ["orders", "orders-dlq", "stock"].map((name) => topic(name)),
  groups: [reader("orders-ledger", ["orders", "orders-dlq"]), reader("stock-ledger", ["stock"])],
  acls: [...writesTo("User:orders-api", ["orders", "orders-dlq"]), ...writesTo("User:stock-api", ["stock"])],
  producers: [producer(1, ["orders", "orders-dlq"])],
};
const findingsOf = (waves: readonly object[], more: object = {}, planning: object = {}) =>
  planFor({ ...items, ...more }, planning, { waves }).findings.filter(({ kind }) => kind !== "first-wave");

describe("a plan by hand", () => {
  it("that keeps together what is coupled has no finding", () => {
    expect(findingsOf([{ ...waveFile("orders"), topics: ["orders", "orders-dlq"] }, waveFile("stock")])).toEqual([]);
  });

  it("is told what it splits, with the edge", () => {
    const waves = [waveFile("orders"), { ...waveFile("stock"), topics: ["stock", "orders-dlq"] }];
    const found = findingsOf(waves);
    expect(found.map(({ kind, wave, says }) => ({ kind, wave, says }))).toEqual([
      {
        kind: "split",
        wave: "orders",
        says: "group orders-ledger reads orders-dlq, which moves with wave stock, while group orders-ledger belongs to wave orders",
      },
      {
        kind: "split",
        wave: "orders",
        says: "principal User:orders-api writes orders-dlq, which moves with wave stock, while principal User:orders-api belongs to wave orders",
      },
    ]);
    expect(found[0]?.edge).toMatchObject({ item: { kind: "group", name: "orders-ledger" }, topic: "orders-dlq" });
    expect(found[0]?.cure).toBe(
      "put orders-dlq and group orders-ledger into one wave, or loosen the edge in planning.loosened",
    );
  });

  it("is told what it forgets: topics, groups and clients, with the edge that misses them", () => {
    const bare = { ...waveFile("orders"), groups: [], clients: [] };
    const found = findingsOf([bare, waveFile("stock")]);
    expect(found.map(({ kind, wave, says, edge }) => [kind, wave, says, edge?.says])).toEqual([
      [
        "forgotten",
        "orders",
        "topic orders-dlq is in no wave, although group orders-ledger reads orders-dlq, which belongs to wave orders",
        "group orders-ledger reads orders-dlq",
      ],
      [
        "forgotten",
        "orders",
        "group orders-ledger is in no wave, although group orders-ledger reads orders",
        "group orders-ledger reads orders",
      ],
      [
        "forgotten",
        "orders",
        "principal User:orders-api is in no wave, although principal User:orders-api writes orders",
        "principal User:orders-api writes orders",
      ],
    ]);
    const lonely = findingsOf([{ ...waveFile("orders"), topics: ["orders", "orders-dlq"] }]);
    expect(lonely).toMatchObject([{ kind: "forgotten", says: "topic stock is in no wave", edge: { topic: "stock" } }]);
  });

  it("is told what it names twice, and what is not there", () => {
    const twice = {
      ...waveFile("stock"),
      topics: ["stock", "gone"],
      clients: waveFile("orders")
        .clients.slice(0, 1)
        .map((c) => ({ ...c, switch: { ssm: "/other" } })),
    };
    const found = findingsOf([{ ...waveFile("orders"), topics: ["orders", "orders-dlq"] }, twice]);
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: "duplicated",
          says: "principal User:orders-api is named 2 times: by wave orders and wave stock",
          edge: expect.objectContaining({ topic: "orders" }),
        }),
        expect.objectContaining({
          kind: "undeclared",
          says: "wave stock names what the snapshot does not have: topic gone",
        }),
      ]),
    );
  });
});

describe("waves that have started", () => {
  it("are not planned again, and what still couples to them is told", () => {
    const plan = planFor(
      { ...items, groups: [...items.groups, reader("both", ["stock", "orders"])] },
      {},
      {
        waves: [{ ...waveFile("orders"), topics: ["orders", "orders-dlq"] }],
        started: ["orders"],
      },
    );
    expect(plan.fixed).toEqual(["orders"]);
    expect(plan.waves.flatMap(({ topics }) => topics)).toEqual(["stock"]);
    expect(plan.findings).toContainEqual(
      expect.objectContaining({ kind: "split", wave: "orders", edge: expect.objectContaining({ topic: "orders" }) }),
    );
  });
});

describe("an estate of which a part has moved", () => {
  const moved = { ...waveFile("orders"), topics: ["orders", "orders-dlq"] };
  const planned = (more: object) => planFor({ ...items, ...more }, {}, { waves: [moved], started: ["orders"] });

  it("is told of connectors and principals that reach both sides, and of nothing that moved whole", () => {
    const { findings } = planned({
      connectors: [connector("all", { reads: ["orders", "stock"] }), connector("gone", { reads: ["orders"] })],
      acls: [...items.acls, ...writesTo("User:orders-api", ["stock"])],
    });
    expect(findings.filter(({ kind }) => kind === "split").map(({ says }) => says)).toEqual([
      "connector http://connect:8083/all reads orders, but wave orders has started without connector http://connect:8083/all or with it alone",
      "principal User:orders-api may write stock, but wave orders has started without principal User:orders-api or with it alone",
    ]);
  });

  it("keeps its schemas and transactional ids where they went", () => {
    const plan = planned({
      subjects: [subject("io.example.Money", { versions: [{ version: 1, id: 7 }] }), subject("stock-value")],
      "schema-use": ["orders", "stock"].map((name) => ({ topic: name, sampledRecords: 1, keyIds: [], valueIds: [7] })),
      transactions: [transaction("orders-tx", 1)],
    });
    expect(plan.waves.map(({ subjects }) => subjects)).toEqual([["stock-value"]]);
    expect(plan.undecided.map(({ what }) => what.name)).not.toContain("orders-tx");
  });
});

describe("an empty topic", () => {
  const empty = partition(0, { ends: { logStart: offset(9), highWatermark: offset(9) } });
  const names = ["dead-letters", "forgotten"].map((name) => topic(name, { partitions: [empty] }));

  it("moves with whoever writes it, and is left out where nobody does", () => {
    const topics = [...items.topics, ...names];
    const acls = [...items.acls, ...writesTo("User:stock-api", ["dead-letters"])];
    const plan = planFor({ ...items, topics, acls }, {});
    expect(plan.waves.find((wave) => wave.topics.includes("stock"))?.topics).toContain("dead-letters");
    expect(plan.leftOut).toEqual([
      {
        item: { kind: "topic", name: "forgotten" },
        disposition: "retire",
        because: "proposed, since it holds no record and nobody was seen to use it; nobody has decided yet",
      },
    ]);
  });
});

describe("what servers keep for themselves", () => {
  const own = ["ingest-offsets", "ingest-configs", "_schemas", "eu.heartbeats"];
  const estate = {
    topics: [...items.topics, ...own.map((name) => topic(name))],
    groups: [...items.groups, group("ingest", { protocolType: "connect" })],
  };

  it("is left out by the names that it has, unless a person decides otherwise by name", () => {
    const left = (planned: ReturnType<typeof planFor>) =>
      planned.leftOut.filter(({ item }) => item.kind === "topic").map(({ item }) => item.name);
    expect(left(planFor(estate, {}))).toEqual(own.toSorted());
    const decision = {
      kind: "topics",
      name: "_schemas",
      disposition: "migrate",
      by: "olga",
      reason: "no subjects API",
    };
    expect(left(planFor(estate, {}, { estate: { decisions: [decision] } }))).not.toContain("_schemas");
  });
});

describe("a connector that reads everything", () => {
  it("holds everything together, and is what would part it", () => {
    const lake = connector("lake", { reads: ["/.*/"] });
    const plan = planFor({ ...items, connectors: [lake] }, {});
    expect(plan.waves).toHaveLength(1);
    expect(plan.costliestEdges[0]).toMatchObject({
      item: { kind: "connector" },
      topicsNow: 3,
      topicsThen: 2,
      partsThen: 2,
    });
    const retained = { kind: "connectors", prefix: "", disposition: "retain", by: "olga", reason: "read-only copy" };
    expect(planFor({ ...items, connectors: [lake] }, {}, { estate: { decisions: [retained] } }).waves).toHaveLength(2);
  });
});

describe("a principal that all services share", () => {
  const services = ["a", "b", "c", "d"];
  const shared = {
    topics: services.flatMap((s) => [topic(`${s}-in`), topic(`${s}-out`)]),
    groups: services.map((s) => reader(`${s}-group`, [`${s}-in`])),
    acls: writesTo(
      "User:svc",
      services.flatMap((s) => [`${s}-in`, `${s}-out`]),
    ),
    producers: services.map((s, n) => producer(n, [`${s}-in`, `${s}-out`])),
  };

  it("holds the estate together, is named as what does, and lets go once it is loosened", () => {
    const plan = planFor(shared, {});
    expect(plan.waves).toHaveLength(1);
    expect(plan.costliestEdges[0]).toMatchObject({
      item: { kind: "principal", name: "User:svc" },
      topicsNow: 8,
      topicsThen: 1,
      partsThen: 8,
    });
    const loosened = [
      { kind: "principal", name: "User:svc", by: "olga", until: "2026-06-30", reason: "one per service" },
    ];
    const parted = planFor(shared, { loosened });
    expect(parted.loosened).toHaveLength(8);
    expect(parted.waves.map(({ topics }) => topics)).toEqual(
      expect.arrayContaining([
        ["a-in", "a-out"],
        ["b-in", "b-out"],
      ]),
    );
  });
});

describe("limits", () => {
  it("halve what one team has too much of, and tell what coupling does not let them", () => {
    const many = Array.from({ length: 12 }, (_, n) => `t${n}`);
    const estate = {
      topics: many.map((name) => topic(name, { partitions: [partition(0), partition(1)] })),
      groups: [...many.map((name) => reader(`g-${name}`, [name])), reader("wide", ["t0", "t1", "t2", "t3"])],
    };
    const groups = estate.groups.map(({ id }) => ({ id, owner: "team-t", reset: "earliest" }));
    const plan = planFor(estate, { groups, limits: { partitions: 7 } });
    const [wide, ...others] = plan.waves.toSorted((a, b) => b.topics.length - a.topics.length);
    expect(wide?.topics).toEqual(["t0", "t1", "t2", "t3"]);
    expect(others.length).toBeGreaterThan(1);
    for (const { topics, cut } of others) {
      expect(topics.length).toBeLessThanOrEqual(3);
      expect(cut).toContain("the limits of a wave");
    }
    expect(plan.findings).toContainEqual(
      expect.objectContaining({
        kind: "limit",
        wave: wide?.name,
        says: `wave ${wide?.name} cannot be cut smaller, since all in it is coupled: 8 partitions where planning.limits.partitions is 7`,
        cure: expect.stringContaining("loosen group wide"),
      }),
    );
  });
});

describe("what nobody has said", () => {
  const undecided = (planning: object, more: object = {}) =>
    planFor({ ...items, ...more }, planning).undecided.map(({ what, blocks }) => [`${what.kind}/${what.name}`, blocks]);

  it("stops the plan where a wave needs it: groups, and whoever reads or writes", () => {
    expect(undecided({})).toEqual(
      expect.arrayContaining([
        ["group/orders-ledger", true],
        ["client/User:orders-api", true],
        ["plan/rollbackHours", false],
      ]),
    );
    const declared = {
      groups: ["orders-ledger", "stock-ledger"].map((id) => ({ id, owner: "team", reset: "latest" })),
      clients: [
        producerClient("orders-api", "team"),
        producerClient("stock-api", "team"),
        clientOf("orders-ledger"),
        clientOf("stock-ledger"),
      ],
    };
    expect(undecided(declared).filter(([, blocks]) => blocks)).toEqual([]);
    expect(undecided(declared)).toContainEqual(["group/orders-ledger", false]);
    expect(undecided({ ...declared, clients: [...declared.clients, producerClient("idle", "team")] })).toContainEqual([
      "client/idle",
      true,
    ]);
  });

  it("tells of groups without a wave, readers left out, connectors and transactional ids that cannot be placed", () => {
    const found = undecided(
      {},
      {
        groups: [
          ...items.groups,
          group("nothing", {
            lastCommit: { at: 1 },
            members: [],
            protocolType: "consumer",
            offsets: [
              {
                topic: "gone",
                partition: 0,
                offset: { unknown: { source: "OffsetFetch", why: "a transaction is open" } },
                metadata: "",
              },
            ],
          }),
          reader("console-consumer-1", ["stock"]),
        ],
        connectors: [connector("s3", { reads: { unknown: { source: "Kafka Connect", why: "named by a reference" } } })],
        transactions: [transaction("forgotten-tx", 77)],
      },
    );
    for (const name of ["group/nothing", "group/console-consumer-1", "transactional-id/forgotten-tx"])
      expect(found).toContainEqual([name, false]);
  });

  it("tells of topics that grow by nobody, and of groups that are declared and not there", () => {
    const grows = { topic: "stock", seconds: 10, recordsPerSecond: 3, bytesPerSecond: 300, averageRecordBytes: 100 };
    const acls = [
      ...items.acls.slice(0, 2),
      ...writesTo("User:depot", ["st"]).map((one) => ({ ...one, pattern: "PREFIXED" as const })),
    ];
    const planning = { groups: [{ id: "renamed", owner: "team", reset: "latest" }] };
    const found = undecided(planning, { acls, throughput: [grows, { ...grows, topic: "orders" }] });
    expect(found).toEqual(
      expect.arrayContaining([
        ["topic/stock", false],
        ["group/renamed", false],
      ]),
    );
    expect(found.map(([name]) => name)).not.toContain("topic/orders");
  });

  it("tells of words that have run out, and of those that loosen nothing", () => {
    const said = { by: "olga", reason: "for now" };
    const { findings } = planFor(items, {
      loosened: [
        { ...said, kind: "group", name: "orders-ledger", topic: "orders-dlq", until: "2025-12-31" },
        { ...said, kind: "group", name: "misspelt", topic: "orders", until: "2026-12-31" },
      ],
    });
    expect(findings.filter(({ kind }) => kind === "undeclared").map(({ says }) => says)).toEqual([
      "group orders-ledger from orders-dlq was loosened until 2025-12-31: it binds again",
      "planning.loosened names an edge that is not there: group misspelt from orders",
    ]);
  });
});
