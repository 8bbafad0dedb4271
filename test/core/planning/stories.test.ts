import { describe, expect, it } from "vitest";
import { connector, producer, subject, transaction } from "../inventory/estates.ts";
import { topic } from "../inventory/snapshots.ts";
import { clientOf, planFor, producerClient, reader, told, writesTo } from "./stories.ts";

describe("independent services", () => {
  const items = {
    topics: ["orders", "orders-dlq", "stock", "mails"].map((name) => topic(name)),
    groups: [reader("ledger", ["orders"]), reader("shelves", ["stock"]), reader("mailer", ["mails"])],
    acls: [
      ...writesTo("User:shop", ["orders", "orders-dlq"]),
      ...writesTo("User:depot", ["stock"]),
      ...writesTo("User:crm", ["mails"]),
    ],
    producers: [producer(1, ["orders"]), producer(2, ["stock"]), producer(3, ["mails"])],
    subjects: [subject("orders-value")],
  };
  const planning = {
    groups: [
      { id: "ledger", owner: "team-shop", reset: "earliest", replaySafe: true },
      { id: "shelves", owner: "team-depot", reset: "earliest" },
      { id: "mailer", owner: "team-crm", reset: "latest", replaySafe: false, sideEffects: true },
    ],
    clients: [
      producerClient("shop", "team-shop"),
      producerClient("depot", "team-depot"),
      producerClient("crm", "team-crm"),
      clientOf("ledger"),
      clientOf("shelves"),
      clientOf("mailer"),
    ],
    throughput: { taskBytesPerSecond: 1_000_000, from: "measured in the rehearsal" },
    rollbackHours: 24,
  };
  const plan = planFor(items, planning);

  it("are a wave each, from what may be repeated to what acts outside Kafka", () => {
    expect(told(plan)).toMatchInlineSnapshot(`
      [
        {
          "cut": "It ends with what team-shop owns at this risk: nothing outside is coupled to it.",
          "groups": [
            "ledger: exact",
          ],
          "name": "team-shop-early",
          "reason": "2 topics and 1 group of team-shop, tied by 3 edges, such as that client shop writes orders; the wave moves first, since its producers and consumers and schema orders-value prove the whole way at small risk.",
          "risk": "low",
          "topics": [
            "orders",
            "orders-dlq",
          ],
        },
        {
          "cut": "It ends with what team-depot owns at this risk: nothing outside is coupled to it.",
          "groups": [
            "shelves: exact",
          ],
          "name": "team-depot",
          "reason": "1 topic and 1 group of team-depot, tied by 2 edges, such as that client depot writes stock; the wave moves in the middle, since nobody has said whether group shelves may read records twice.",
          "risk": "medium",
          "topics": [
            "stock",
          ],
        },
        {
          "cut": "It ends with what team-crm owns at this risk: nothing outside is coupled to it.",
          "groups": [
            "mailer: exact",
          ],
          "name": "team-crm-late",
          "reason": "1 topic and 1 group of team-crm, tied by 2 edges, such as that client crm writes mails; the wave moves late, since group mailer acts outside Kafka (and 1 more reason).",
          "risk": "high",
          "topics": [
            "mails",
          ],
        },
      ]
    `);
  });
});

describe("a payments core", () => {
  const items = {
    topics: ["payments", "ledger", "audit", "customers", "newsletter"].map((name) => topic(name)),
    groups: [reader("settlement", ["payments"]), reader("crm", ["audit", "newsletter"])],
    acls: [
      ...writesTo("User:payment-api", ["payments", "ledger", "audit"]),
      ...writesTo("User:settlement", ["ledger"]),
      ...writesTo("User:marketing", ["newsletter"]),
    ],
    producers: [producer(1, ["payments", "ledger", "audit"])],
    transactions: [transaction("payment-tx", 1)],
    subjects: [subject("payments-value"), subject("newsletter-value")],
    connectors: [
      connector("customers-cdc", { kind: "source", writes: ["customers"] }),
      connector("ledger-store", { reads: ["ledger"], group: "connect-ledger-store" }),
    ],
  };
  const planning = {
    groups: [
      { id: "settlement", owner: "team-payments", reset: "earliest", replaySafe: false },
      { id: "crm", owner: "team-crm", reset: "latest", replaySafe: true },
    ],
    clients: [
      producerClient("payment-api", "team-payments"),
      producerClient("marketing", "team-crm"),
      clientOf("settlement", "both"),
      clientOf("crm"),
    ],
  };
  const loosened = [
    { kind: "group", name: "crm", topic: "audit", by: "olga", until: "2026-06-30", reason: "reads late anyway" },
  ];

  it("is one wave with all that shares its audit topic, and the plan says what would part them", () => {
    const plan = planFor(items, planning);
    expect(told(plan)).toMatchInlineSnapshot(`
      [
        {
          "cut": "It ends with the names that begin so, since nobody owns them: nothing outside is coupled to it.",
          "groups": [],
          "name": "customers-early",
          "reason": "1 topic without a group, tied by 1 edge, such as that connector http://connect:8083/customers-cdc writes customers; the wave moves early, since no group reads it and nothing in it holds state or acts outside Kafka.",
          "risk": "low",
          "topics": [
            "customers",
          ],
        },
        {
          "cut": "It ends where nothing that reads or writes its topics touches another.",
          "groups": [
            "crm: exact",
            "settlement: exact",
          ],
          "name": "ledger-core",
          "reason": "4 topics and 2 groups of team-crm and team-payments, tied by 13 edges, such as that client payment-api writes audit; the wave moves late, since transactional id payment-tx writes in transactions (and 2 more reasons).",
          "risk": "high",
          "topics": [
            "audit",
            "ledger",
            "newsletter",
            "payments",
          ],
        },
      ]
    `);
    expect(plan.costliestEdges.map(({ item, partsThen, gain }) => ({ item, partsThen, gain }))).toMatchInlineSnapshot(`
      [
        {
          "gain": "With group crm loosened from 1 topic, the 4 topics that wave ledger-core holds together fall into 2 parts of at most 3 topics; the price: the wave of newsletter is not sealed before group crm has moved: until then it reads through the reverse mirror.",
          "item": {
            "kind": "group",
            "name": "crm",
          },
          "partsThen": 2,
        },
        {
          "gain": "With 1 edge of topic audit loosened, the 4 topics that wave ledger-core holds together fall into 2 parts of at most 3 topics; the price: the wave of audit is not sealed before group crm has moved: until then it reads through the reverse mirror.",
          "item": {
            "kind": "topic",
            "name": "audit",
          },
          "partsThen": 2,
        },
      ]
    `);
  });

  it("is parted from the reader of its audit topic once that is loosened by name, which holds its seal", () => {
    const plan = planFor(items, { ...planning, loosened });
    expect(told(plan)).toMatchInlineSnapshot(`
      [
        {
          "cut": "It ends with the names that begin so, since nobody owns them: nothing outside is coupled to it.",
          "groups": [],
          "name": "customers-early",
          "reason": "1 topic without a group, tied by 1 edge, such as that connector http://connect:8083/customers-cdc writes customers; the wave moves early, since no group reads it and nothing in it holds state or acts outside Kafka.",
          "risk": "low",
          "topics": [
            "customers",
          ],
        },
        {
          "cut": "It ends with what team-payments owns at this risk: nothing outside is coupled to it, and 1 edge that would bind it to others is loosened (group crm reads audit, by olga).",
          "groups": [
            "settlement: exact",
          ],
          "name": "team-payments-late",
          "reason": "3 topics and 1 group of team-payments, tied by 10 edges, such as that client payment-api writes audit; the wave moves late, since transactional id payment-tx writes in transactions (and 2 more reasons).",
          "risk": "high",
          "topics": [
            "audit",
            "ledger",
            "payments",
          ],
        },
        {
          "cut": "It ends with what team-crm owns at this risk: nothing outside is coupled to it, and 1 edge that would bind it to others is loosened (group crm reads audit, by olga).",
          "groups": [
            "crm: exact",
          ],
          "name": "team-crm-early",
          "reason": "1 topic and 1 group of team-crm, tied by 2 edges, such as that client marketing may write newsletter; the wave moves after team-payments-late, since it reads there through the reverse mirror until then.",
          "risk": "low",
          "topics": [
            "newsletter",
          ],
        },
      ]
    `);
    expect(plan.waves.map(({ name, holdsSealOf }) => ({ name, holdsSealOf }))).toMatchInlineSnapshot(`
      [
        {
          "holdsSealOf": [],
          "name": "customers-early",
        },
        {
          "holdsSealOf": [],
          "name": "team-payments-late",
        },
        {
          "holdsSealOf": [
            "team-payments-late",
          ],
          "name": "team-crm-early",
        },
      ]
    `);
    expect(plan.loosened).toMatchInlineSnapshot(`
      [
        {
          "by": "olga",
          "edge": {
            "does": "reads",
            "evidence": "seen",
            "item": {
              "kind": "group",
              "name": "crm",
            },
            "says": "group crm reads audit",
            "topic": "audit",
          },
          "price": "the wave of audit is not sealed before group crm has moved: until then it reads through the reverse mirror",
          "reason": "reads late anyway",
          "until": "2026-06-30",
        },
      ]
    `);
  });
});

describe("a Streams application", () => {
  const items = {
    topics: [
      "clicks",
      "sessions",
      "sessioniser-window-store-changelog",
      "sessioniser-by-user-repartition",
      "price-changelog",
      "connect-offsets",
      "mm2-offset-syncs.target.internal",
      "heartbeats",
      "__consumer_offsets",
    ].map((name) => topic(name)),
    groups: [reader("sessioniser", ["clicks", "sessioniser-by-user-repartition"]), reader("reports", ["sessions"])],
    acls: [...writesTo("User:web", ["clicks"]), ...writesTo("User:sessioniser", ["sessions"])],
    producers: [producer(1, ["clicks"]), producer(2, ["sessions"])],
  };
  const planning = {
    groups: [
      { id: "sessioniser", owner: "team-web", reset: "earliest" },
      { id: "reports", owner: "team-web", reset: "earliest", replaySafe: true },
    ],
    clients: [producerClient("web", "team-web"), clientOf("sessioniser", "both"), clientOf("reports")],
  };
  const plan = planFor(items, planning);

  it("moves with its input, its output and its internal topics, and last", () => {
    expect(told(plan)).toMatchInlineSnapshot(`
      [
        {
          "cut": "It ends with the names that begin so, since nobody owns them: nothing outside is coupled to it.",
          "groups": [],
          "name": "price-early",
          "reason": "1 topic without a group, which nobody was seen to read or write; the wave moves early, since no group reads it and nothing in it holds state or acts outside Kafka.",
          "risk": "low",
          "topics": [
            "price-changelog",
          ],
        },
        {
          "cut": "It ends with what team-web owns at this risk: nothing outside is coupled to it.",
          "groups": [
            "reports: exact",
            "sessioniser: exact",
          ],
          "name": "team-web-late",
          "reason": "4 topics and 2 groups of team-web, tied by 11 edges, such as that client sessioniser writes, and reads clicks with group sessioniser; the wave moves late, since group sessioniser is a Kafka Streams application with state (and 1 more reason).",
          "risk": "high",
          "topics": [
            "clicks",
            "sessioniser-by-user-repartition",
            "sessioniser-window-store-changelog",
            "sessions",
          ],
        },
      ]
    `);
  });

  it("leaves out what is Kafka's, MirrorMaker's and Connect's own", () => {
    expect(plan.leftOut).toMatchInlineSnapshot(`
      [
        {
          "because": "rule:kafkas-own-topic decided so: the target's brokers make their own",
          "disposition": "recreate",
          "item": {
            "kind": "topic",
            "name": "__consumer_offsets",
          },
        },
        {
          "because": "is where Connect workers keep their own state: those of the target keep theirs",
          "disposition": "recreate",
          "item": {
            "kind": "topic",
            "name": "connect-offsets",
          },
        },
        {
          "because": "holds the heartbeats of another MirrorMaker",
          "disposition": "recreate",
          "item": {
            "kind": "topic",
            "name": "heartbeats",
          },
        },
        {
          "because": "MirrorMaker never mirrors names that end in .internal, -internal or .replica or begin with __; move it by other means",
          "disposition": "redesign",
          "item": {
            "kind": "topic",
            "name": "mm2-offset-syncs.target.internal",
          },
        },
      ]
    `);
  });
});
