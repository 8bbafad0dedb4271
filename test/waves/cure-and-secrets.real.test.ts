import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listRights } from "#local/demo/checker/left-behind.ts";
import { passwordOf } from "#local/demo/demo-estate.ts";
import { allow, OPERATING, switchOf } from "#local/demo/estate-declaration.ts";
import { addRights, removeRights } from "#local/demo/kafka-rights.ts";
import type { MigrationFile } from "#local/demo/migration-file.ts";
import { secretOf } from "./lab-declaration.ts";
import { placesOfSecrets } from "./places-of-secrets.ts";
import { planMigration } from "./planned-migration.ts";
import { commandLine, descendants, isLoopback, listeningSockets } from "./process-sockets.ts";
import { putSecret } from "./put-secret.ts";
import { readParameter } from "./read-parameter.ts";
import { closingGates, type LabWaveRun, startWaveLab, type WaveLab } from "./wave-lab.ts";

const TARGET_SECRET = "lab/sluice-on-target";
/** Of this CommonJS package Node finds only some exports by name. */
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
type Admin = ReturnType<WaveLab["asAdmin"]["source"]["admin"]>;
/** Every fence. */
const DENIES = {
  resourceType: AclResourceTypes.TOPIC,
  resourcePatternType: ResourcePatternTypes.ANY,
  operation: AclOperationTypes.ANY,
  permissionType: AclPermissionTypes.DENY,
} as const;
const wrongPasswords = [randomBytes(18).toString("hex"), randomBytes(18).toString("hex")] as const;

describe("one wave meets everything that a person must change", () => {
  let lab: WaveLab;
  let orders: LabWaveRun;
  let topic: string;

  beforeAll(async () => {
    lab = await startWaveLab({ waves: [{ name: "orders", producers: 2, liveGroups: 2 }] });
    orders = lab.wave("orders");
    topic = orders.declared.topic;
    // Its inventory is known before anything goes wrong: else the wave would wait for it at its first gate.
    await rightSecret(TARGET_SECRET, OPERATING.sluice);
    await lab.post(file());
    await withAdmin("source", (admin) => admin.deleteTopics({ topics: [topic] }));
    await withAdmin("target", (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 2 }] }));
    await writeForeign();
    await putSecret(lab.estate.awsUrl, TARGET_SECRET, { username: OPERATING.sluice, password: wrongPasswords[0] });
    await putSecret(lab.estate.awsUrl, secretOf(OPERATING.forward), {
      username: OPERATING.forward,
      password: wrongPasswords[1],
    });
  });
  afterAll(() => lab?.stop());

  const withAdmin = async (side: "source" | "target", act: (admin: Admin) => Promise<unknown>): Promise<void> => {
    const admin = lab.asAdmin[side].admin();
    await admin.connect();
    try {
      await act(admin);
    } finally {
      await admin.disconnect();
    }
  };
  const writeForeign = async (): Promise<void> => {
    const producer = lab.asAdmin.target.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ partition: 1, value: "somebody else's" }] });
    await producer.disconnect();
  };
  const file = (): MigrationFile => {
    // A fence proves itself for so long that somebody can meddle with it.
    const whole = lab.file({ workersStartSeconds: 16, groupStopSeconds: 5, quietMilliseconds: 800, drainSeconds: 5 });
    return {
      ...whole,
      target: { ...whole.target, auth: { type: "scram", mechanism: "SCRAM-SHA-256", secret: TARGET_SECRET } },
    };
  };
  /** The hold's sentence as GET …/waves/{wave} shows it, reason and cure. */
  const held = async (seconds: number): Promise<{ phase: string; reason: string; cure: string }> => {
    await orders.seen("held", seconds, (row) => row.hold !== undefined && row.phase !== "thawing");
    const { phase, hold } = await orders.api.wave();
    return { phase, reason: hold?.reason ?? "", cure: hold?.cure ?? "" };
  };
  const resume = async (): Promise<void> => {
    const answer = await orders.command("resume");
    expect(answer.status).toBe(200);
  };
  const rightSecret = (name: string, username: string): Promise<void> =>
    putSecret(lab.estate.awsUrl, name, { username, password: passwordOf(lab.passwords, username) });
  const fences = async (): Promise<readonly string[]> =>
    (await listRights(lab.asAdmin.source)).filter((right) => right.startsWith("DENY"));

  it("beside it the waves of another migration are planned: proposed, read, void by drift, approved by hash, accepted, started", async () => {
    expect(await planMigration(lab)).toEqual(["plan-early", "team-lab-early"]);
  });

  it("a wrong password of Sluice's own: names user, cluster and secret", async () => {
    expect((await orders.command("start")).status).toBe(200);
    const hold = await held(20);
    expect(hold.phase).toBe("preparing");
    expect(hold.reason).toMatch(/User:sluice cannot sign in to the target cluster \(127\.0\.0\.1:\d+\) with SCRAM/);
    expect(hold.reason).toContain(`correct the user name and password in secret ${TARGET_SECRET}`);
    expect(hold.cure).toContain("POST …/resume");
    await rightSecret(TARGET_SECRET, OPERATING.sluice);
    await resume();
  });

  it("a topic that is not there: names it, and what to correct", async () => {
    const hold = await held(20);
    expect(hold.phase).toBe("preparing");
    expect(hold.reason).toMatch(new RegExp(`topic ${topic} of wave orders does not exist on the source`));
    expect(hold.reason).toMatch(/create it there, grant Describe on it, or correct waves\[\]\.topics/);
    await withAdmin("source", (admin) =>
      admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: orders.declared.partitions }] }),
    );
    await orders.startApplications({ deaf: ["orders-live-2", "orders-writer-2"] });
    await resume();
  });

  it("a target topic that holds other data: names the partition", async () => {
    const hold = await held(20);
    expect(hold.phase).toBe("preparing");
    expect(hold.reason).toContain(`topic ${topic} already holds other data on the target (${topic}/1 ends at 1)`);
    expect(hold.reason).toContain("delete the topic there if nobody needs it");
    await withAdmin("target", (admin) => admin.deleteTopics({ topics: [topic] }));
    await resume();
  });

  it("a wrong password of the mirror's: shows how its task ends, and names the secret", async () => {
    const hold = await held(60);
    expect(hold.phase).toBe("preparing");
    expect(hold.reason).toMatch(/the forward workers are not ready after 16 s: .*its task stopped/);
    expect(hold.reason).toContain(`the username and password of secret ${secretOf(OPERATING.forward)}`);
    const log = /see its log in (\S+\/tasks)/.exec(hold.reason)?.[1] ?? "the reason names no log";
    expect(readdirSync(log).some((name) => readFileSync(join(log, name), "utf8").includes("SaslAuthentication"))).toBe(
      true,
    );
    await rightSecret(secretOf(OPERATING.forward), OPERATING.forward);
    await resume();
    await orders.follow({ seconds: 60, until: (row) => row.phase === "replicating" });
  });

  /** What gate replication says of the mirror. */
  const mirrorSeen = async (): Promise<string> => {
    const gate = (await orders.api.gates()).find((one) => one.gate === "replication");
    const delay = gate?.checks.find(({ check }) => check === "delay");
    return `${gate?.verdict}: ${delay?.reason ?? ""}`;
  };

  it("a right of the mirror's that is taken away: named with its cure, and it goes on by itself when it is given back", async () => {
    const right = allow(OPERATING.forward, "WRITE", "TOPIC", topic);
    await removeRights(lab.asAdmin.target, [right]);
    await expect
      .poll(mirrorSeen, { timeout: 40_000, interval: 50 })
      .toMatch(
        new RegExp(
          `^(?!pass).*task \\d of connector sluice-lab-orders-1-forward is FAILED .*TopicAuthorizationException.*a right of User:${OPERATING.forward} was taken away, or a DENY bars it: give it back`,
        ),
      );
    await addRights(lab.asAdmin.target, [right]);
    await expect.poll(mirrorSeen, { timeout: 60_000, interval: 200 }).toMatch(/^pass: good for/);
  });

  it("a partition added in mid-wave and a right of Sluice's own: named with their cures, and the next attempt carries it", async () => {
    const { partitions } = orders.declared;
    await withAdmin("source", (admin) =>
      admin.createPartitions({ topicPartitions: [{ topic, count: partitions + 1 }] }),
    );
    await expect
      .poll(mirrorSeen, { timeout: 20_000, interval: 200 })
      .toMatch(
        new RegExp(
          `topic ${topic} has ${partitions + 1} partitions where the mirror reads and ${partitions} where it writes.*POST …/abort, or …/roll-back once consumers have moved, and then …/retry`,
        ),
      );
    expect((await orders.command("abort", { reason: "partitions were added" })).status).toBe(200);
    await orders.seen("aborted", 60, ({ phase, hold }) => phase === "aborted" || hold !== undefined);
    expect(await orders.row()).toMatchObject({ phase: "aborted" });
    const right = allow(OPERATING.sluice, "ALTER", "CLUSTER", "kafka-cluster");
    await removeRights(lab.asAdmin.target, [right]);
    expect((await orders.command("retry")).status).toBe(200);
    const hold = await held(40);
    expect(hold.phase).toBe("preparing");
    expect(hold.reason).toMatch(
      /User:sluice lacks a right for listing ACLs on the target cluster .*kafka-acls .*--add --allow-principal User:sluice/,
    );
    await addRights(lab.asAdmin.target, [right]);
    await resume();
    await orders.follow({ seconds: 60, until: (row) => row.phase === "replicating" });
    await withAdmin("target", async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      expect(topics[0]?.partitions).toHaveLength(partitions + 1);
    });
  });

  it("a group that does not stop: names client, switch and member, and lets it go on where it was", async () => {
    await orders.follow({ seconds: 60, until: (row) => row.phase === "moving-consumers" });
    const hold = await held(40);
    expect(hold.phase).toBe("moving-consumers");
    expect(hold.reason).toMatch(
      /group orders-live-2 has not stopped: client orders-live-2 was told to 5 s ago by parameter \/orders-live-2\/kafka\/cluster, and its members are still orders-live-2 at 127\.0\.0\.1\. See that they follow the parameter, or stop them by hand/,
    );
    expect(hold.reason).toContain("orders-live-2 was started on the source again");
    expect(await readParameter(lab.estate.awsUrl, switchOf("orders-live-2"))).toBe("source");
    await orders.mend("orders-live-2");
    await resume();
    await orders.follow({ seconds: 40, until: (row) => row.phase === "consumers-moved" });
  });

  it("a producer that does not heed the brake: thawed, without a fence, with the others writing again", async () => {
    await orders.follow({ seconds: 90, until: (row) => row.phase === "freezing" });
    const hold = await held(40);
    const thawedAt = (await orders.row()).updatedAt;
    expect(hold.phase).toBe("cutover-ready");
    expect(hold.reason).toMatch(
      new RegExp(
        `the source does not fall silent within 5 s: .*${topic}/\\d grew from \\d+ to \\d+ \\(last written by producer id \\d+`,
      ),
    );
    expect(hold.reason).toMatch(
      /clients told to stop: orders-writer, orders-writer-2; stop whoever still writes there, and see that it follows its parameter/,
    );
    expect(await fences()).toEqual([]);
    expect(await readParameter(lab.estate.awsUrl, switchOf("orders-writer"))).toBe("source");
    await expect
      .poll(
        () =>
          orders
            .readJournalLines()
            .some(
              (line) =>
                line.what === "acknowledged" &&
                line.client === "orders-writer" &&
                line.on === "source" &&
                line.at > thawedAt,
            ),
        { timeout: 5000 },
      )
      .toBe(true);
    await orders.mend("orders-writer-2");
    await resume();
  });

  /** Of the next freeze, as soon as its fence is up. */
  const fenced = (act: (admin: Admin) => Promise<unknown>): Promise<void> =>
    withAdmin("source", async (admin) => {
      await closingGates(orders, async () => {
        while ((await denied(admin)).length === 0) await sleep(5);
      });
      await act(admin);
    });
  const denied = async (admin: Admin) => (await admin.describeAcls(DENIES)).resources;

  it("a fence that somebody takes away while it is proved: thawed, and names the entry and what to do about it", async () => {
    await fenced((admin) => admin.deleteAcls({ filters: [DENIES] }));
    const hold = await held(40);
    expect(hold.phase).toBe("cutover-ready");
    expect(hold.reason).toMatch(
      new RegExp(
        `the fence was taken away while it was being proved: DENY WRITE to User:\\* on topic ${topic} is not on broker \\d+ of the source any more; see who else changes the ACLs`,
      ),
    );
    expect(await readParameter(lab.estate.awsUrl, switchOf("orders-writer"))).toBe("source");
    await resume();
  });

  it("a fence that does not hold, since whoever writes is a super user: thawed, and says that and who", async () => {
    // What it writes is aborted: nobody reads it, and the log grows.
    const producer = lab.asAdmin.source.producer({ transactionalId: "nobody-knows", maxInFlightRequests: 1 });
    await producer.connect();
    await fenced(async () => {
      while ((await orders.row()).phase === "freezing") {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ partition: 0, value: "past the fence" }] });
        await transaction.abort();
      }
    });
    await producer.disconnect();
    const hold = await held(40);
    expect(hold.phase).toBe("cutover-ready");
    expect(hold.reason).toMatch(
      new RegExp(
        `the source does not fall silent within 5 s: .*${topic}/0 .*producer id \\d+.*; the fence does not hold against it: super users pass every ACL; stop it there, or let it sign in as a principal that is no super user`,
      ),
    );
    expect(await fences()).toEqual([]);
    await resume();
    await orders.follow({ seconds: 90, until: (row) => row.phase === "producers-moved" });
  });

  it("no password, right or wrong, stands anywhere", async () => {
    const secrets = [...Object.values(lab.passwords), ...wrongPasswords];
    // What must be found, by the same look, or it would prove nothing.
    const known = await placesOfSecrets(lab, ["orders", OPERATING.forward]);
    expect(known.map((place) => place.split(": ")[0])).toEqual(
      expect.arrayContaining([
        "API answer",
        "Connect answer",
        "file",
        "item",
        "state machine",
        "target topic",
        "source topic",
      ]),
    );
    expect(await placesOfSecrets(lab, secrets)).toEqual([]);
    for (const pid of descendants()) for (const secret of secrets) expect(commandLine(pid)).not.toContain(secret);
  });

  it("nothing listens beyond loopback", () => {
    const pids = descendants();
    expect(pids).toEqual(expect.arrayContaining(Object.values(lab.control().pids())));
    const sockets = listeningSockets(pids);
    expect(sockets.filter((socket) => socket.command.includes("ConnectDistributed"))).toHaveLength(2);
    expect(sockets.length).toBeGreaterThanOrEqual(10);
    expect(sockets.filter((socket) => !isLoopback(socket.address))).toEqual([]);
  });

  it("is sealed in the end, and no record was lost, skipped or repeated", async () => {
    await orders.follow({ seconds: 60, until: (row) => row.phase === "sealed" });
    expect(await orders.findings()).toEqual([]);
  });

  it("nothing runs after the stop", async () => {
    await lab.stop();
    expect(descendants().map(commandLine)).toEqual([]);
  });
});
