import { expect } from "vitest";
import type { z } from "zod";
import type { migrationSchema } from "#core/migration/migration.ts";
import { allow, switchOf } from "#local/demo/estate-declaration.ts";
import { addRights, removeRights } from "#local/demo/kafka-rights.ts";
import { takeSnapshots } from "#local/demo/know-estate.ts";
import type { WaveLab } from "./wave-lab.ts";

type File = z.input<typeof migrationSchema>;
/** Of all answers, what is looked at by name. */
type Answered = {
  readonly status: number;
  readonly body: {
    readonly hash: string;
    readonly id: string;
    readonly voids: readonly unknown[];
    readonly undecided: { readonly gone: readonly string[] };
    readonly plan: { readonly waves: readonly { readonly name: string }[] };
    readonly waves: readonly unknown[];
  };
};

const NAME = "planned";
const ROOT = `/migrations/${NAME}`;
const [ORDERS, PAYMENTS, READER] = ["plan-orders", "plan-payments", "plan-reader"];
const RIGHTS = [
  ...[
    ["plan-writer", ORDERS],
    ["plan-payer", PAYMENTS],
  ].flatMap(([who = "", topic = ""]) => [allow(who, "WRITE", "TOPIC", topic), allow(who, "DESCRIBE", "TOPIC", topic)]),
  allow(READER, "READ", "TOPIC", ORDERS),
  allow(READER, "READ", "GROUP", READER),
];

const client = (name: string) =>
  ({ name, kind: "producer", principal: `User:${name}`, switch: { ssm: switchOf(name) } }) as const;

/** Two topics beside the lab's, which nobody plans; who writes the second is declared only where it is asked for. */
const fileOf = (lab: WaveLab, writers: readonly string[]): File => {
  const whole = lab.file();
  const migrate = (kind: "topics" | "groups") =>
    ({ kind, prefix: "plan-", disposition: "migrate", by: "olga", reason: "is planned" }) as const;
  return {
    ...whole,
    name: NAME,
    waves: [],
    estate: {
      ...whole.estate,
      decisions: [...(whole.estate?.decisions ?? []), migrate("topics"), migrate("groups")],
      // With its risks open a wave that is started waits, and touches nothing.
      waivers: [],
    },
    planning: {
      groups: [{ id: READER, owner: "team-lab", reset: "earliest", replaySafe: true }],
      clients: writers.map(client),
    },
  };
};

/**
 * A migration whose file names no wave: from real snapshots to a plan, which is read, compared, voided by drift, approved and
 * accepted into waves that can be started. Leaves nothing on the clusters, and its wave waiting at the inventory gate. Answers
 * which waves it has.
 */
export async function planMigration(lab: WaveLab): Promise<readonly string[]> {
  const call = async (person: string, method: "GET" | "POST", path: string, body?: unknown): Promise<Answered> =>
    (await lab.call(person, method, path, body)) as Answered;
  const post = (writers: readonly string[]) => call("olga", "POST", "/migrations", fileOf(lab, writers));
  const snapshots = () => takeSnapshots((...given) => call("olga", ...given), NAME);
  const propose = () => call("olga", "POST", `${ROOT}/plan`);
  const read = () => call("olga", "GET", `${ROOT}/plan`);
  const approve = (hash: string, person = "carl") => call(person, "POST", `${ROOT}/plan/approve`, { hash });
  const accept = (hash: string, person = "olga") => call(person, "POST", `${ROOT}/plan/accept`, { hash });
  const admin = lab.asAdmin.source.admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        { topic: ORDERS, numPartitions: 2 },
        { topic: PAYMENTS, numPartitions: 1 },
      ],
    });
    await addRights(lab.asAdmin.source, RIGHTS);
    await admin.setOffsets({ groupId: READER, topic: ORDERS, partitions: [{ partition: 0, offset: "0" }] });

    expect((await post(["plan-writer"])).status).toBe(201);
    expect(await read()).toMatchObject({ status: 404, body: { cure: expect.stringContaining("POST") } });
    expect(await propose()).toMatchObject({ status: 404, body: { cure: expect.stringContaining("snapshots") } });
    await snapshots();
    expect(await call("carl", "POST", `${ROOT}/plan`)).toMatchObject({ status: 403, body: { who: ["olga"] } });
    const first = await propose();
    expect(first).toMatchObject({ status: 201, body: { counts: { blocking: 1 } } });
    expect(await propose()).toMatchObject({ status: 200, body: { outcome: "unchanged", hash: first.body.hash } });
    expect(await approve(first.body.hash)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("plan-payer") },
    });

    expect((await post(["plan-writer", "plan-payer"])).status).toBe(200);
    expect((await read()).body.voids).toMatchObject([{ because: "file-changed" }]);
    const second = await propose();
    expect(second).toMatchObject({ status: 201, body: { counts: { blocking: 0 } } });
    const compared = await call("carl", "GET", `${ROOT}/plan/changes`);
    expect(compared).toMatchObject({ status: 200, body: { from: first.body.id, to: second.body.id } });
    expect(compared.body.undecided.gone).toEqual([expect.stringContaining("plan-payer")]);
    const names = (await read()).body.plan.waves.map((wave) => wave.name);
    expect(names.length).toBeGreaterThan(0);
    const page = (await lab.call("carl", "GET", `${ROOT}/plan?format=markdown`)).body;
    for (const told of [...names, ORDERS, PAYMENTS, READER, second.body.hash, "Nobody has approved it"])
      expect(page).toContain(told);
    const start = `${ROOT}/waves/${names[0]}/start`;
    expect(await call("olga", "POST", start)).toMatchObject({
      status: 404,
      body: { cure: expect.stringContaining("plan") },
    });

    expect((await approve(second.body.hash, "olga")).status).toBe(403);
    expect(await approve(first.body.hash)).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(new RegExp(`${first.body.hash}.*${second.body.hash}`)) },
    });
    expect(await accept(second.body.hash)).toMatchObject({ status: 409, body: { who: ["carl", "dana"] } });
    expect((await approve(second.body.hash)).status).toBe(200);

    await admin.createPartitions({ topicPartitions: [{ topic: ORDERS, count: 3 }] });
    await snapshots();
    expect((await read()).body.voids).toMatchObject([
      { because: "drift", says: expect.stringContaining(ORDERS), rule: "partitions-changed" },
    ]);
    expect(await accept(second.body.hash)).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/approved by carl, is void: .*plan-orders.*2 and is 3/) },
    });

    const third = await propose();
    expect((await approve(third.body.hash)).status).toBe(200);
    expect(await accept(third.body.hash)).toMatchObject({ status: 200, body: { accepted: { by: "olga" } } });
    expect(await accept(third.body.hash)).toMatchObject({ status: 200, body: { already: expect.any(String) } });
    const { waves } = (await call("olga", "GET", `${ROOT}/waves`)).body;
    expect(waves).toMatchObject(names.map((wave) => ({ wave, phase: "planned" })));
    expect(await call("carl", "GET", `${ROOT}/waves/${names[0]}/journal`)).toMatchObject({
      body: { entries: [{ event: "WavePlanned", by: "olga", details: { approvedBy: "carl" } }], brokenAt: null },
    });
    expect(await post(["plan-writer", "plan-payer"])).toMatchObject({ status: 200, body: { outcome: "unchanged" } });
    expect(await call("olga", "POST", start)).toMatchObject({ status: 200, body: { wave: { run: 1 } } });
    return names;
  } finally {
    await removeRights(lab.asAdmin.source, RIGHTS);
    await admin.deleteGroups([READER]);
    await admin.deleteTopics({ topics: [ORDERS, PAYMENTS] });
    await admin.disconnect();
  }
}
