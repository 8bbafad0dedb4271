import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Producer, stringSerializers } from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mirrorEnd } from "#adapters/connect/mirror-end.ts";
import { connectReplicator } from "#adapters/connect/replicator.ts";
import type { ClusterSettings } from "#adapters/kafka/cluster-settings.ts";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import type { Side } from "#core/kafka/offset.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { type Migration, migrationSchema } from "#core/migration/migration.ts";
import { mirrorSignIn } from "#core/migration/sign-in.ts";
import { mirrorRights } from "#core/replication/mirror-rights.ts";
import { type Child, startChild } from "#local/processes/child.ts";
import { sharedClasses } from "#local/setup/class-data.ts";
import { freePort } from "#local/setup/free-port.ts";
import { workerJars } from "#local/setup/jars.ts";
import type { Direction } from "#use-cases/ports/replicator.ts";
import { eventually, isWhole } from "../adapters/connect/mirror-estate.ts";
import {
  type Certificates,
  madeCertificates,
  type SecureBroker,
  startSecureBroker,
} from "../certificates/secure-broker.ts";
import { startTaskMetadata } from "./task-metadata.ts";
import { heldSecrets, namedAddresses, taskEnvironment } from "./worker-task.ts";

const script = fileURLToPath(new URL("../../workers/start-connect.sh", import.meta.url));
const iamRole = "arn:aws:iam::123456789012:role/mirror";
let directory: string;
let certificates: Certificates;
let brokers: Readonly<Record<Side, SecureBroker>>;
let migration: Migration;
let secrets: Record<string, Record<string, string>>;
let clusters: { source: ReturnType<typeof open>; target: ReturnType<typeof open> };
const workers = new Map<Direction, { readonly url: string; readonly metrics: string; readonly child: Child }>();
const running: (() => Promise<unknown>)[] = [];

const open = (side: Side) => connectCluster(side, asAdmin(side));
const asAdmin = (side: Side): ClusterSettings => ({
  bootstrapServers: [brokers[side].broker.bootstrapServers],
  tls: false,
  clientId: "test",
  sasl: { mechanism: "SCRAM-SHA-256", username: "admin", password: "admin-planted" },
});

/** The source lets mirrors in by their certificate, the target by SCRAM over TLS; both show certificates of an authority of their own. */
const fileOf = (): Migration => {
  const ca = certificates.authority.certificate;
  const mirror = (name: string) => ({
    principal: `User:${name}`,
    auth: { type: "scram", mechanism: "SCRAM-SHA-256", secret: `shop/${name}` },
    onSource: { principal: "User:CN=mirror,O=shop", auth: { type: "mtls", secret: "shop/certificate" } },
  });
  return migrationSchema.parse({
    name: "shop",
    source: { bootstrapServers: [brokers.source.at.MTLS], ca, auth: { type: "mtls", secret: "shop/certificate" } },
    target: {
      bootstrapServers: [brokers.target.at.SCRAM],
      ca,
      auth: { type: "scram", mechanism: "SCRAM-SHA-256", secret: "shop/forward" },
    },
    replicator: {
      forward: mirror("forward"),
      reverse: { ...mirror("reverse"), onSource: { ...mirror("").onSource, principal: "User:CN=mirror-back,O=shop" } },
    },
    people: [{ id: "ann", roles: ["operator"] }],
    waves: [{ name: "orders", topics: ["orders", "refunds"], groups: [], clients: [] }],
  });
};

const startWorker = async (direction: Direction): Promise<void> => {
  const metadata = await startTaskMetadata({ address: "127.0.0.1", memoryMegabytes: 600 });
  running.push(() => metadata.stop());
  const [port, metricsPort, jars] = [await freePort(), await freePort(), await workerJars()];
  const url = `http://127.0.0.1:${port}`;
  const child = await startChild({
    name: `${direction} worker`,
    command: script,
    args: [],
    // As ECS gives it, but for ports that are free here and where the image would have its jars.
    environment: {
      PATH: process.env["PATH"],
      ...(await taskEnvironment(migration, direction, secrets)),
      ECS_CONTAINER_METADATA_URI_V4: metadata.url,
      CONNECT_REST_PORT: String(port),
      CONNECT_METRICS_PORT: String(metricsPort),
      CONNECT_METRICS_HOST: "127.0.0.1",
      CONNECT_METRICS_AGENT: jars.metricsAgent,
      CONNECT_CLASSPATH: jars.classpath,
      CONNECT_JAVA_OPTIONS: ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", ...sharedClasses("worker")].join(" "),
    },
    logFile: join(directory, `${direction}.log`),
    isHealthy: async () => (await fetch(`${url}/health`)).status === 200,
    healthyWithinSeconds: 60,
    stopWithinSeconds: 30,
  });
  running.push(() => child.stop());
  workers.set(direction, { url, metrics: `http://127.0.0.1:${metricsPort}/metrics`, child });
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "secure-mirror-"));
  certificates = await madeCertificates();
  const broker = (name: Side) =>
    startSecureBroker({
      name,
      certificates,
      users: { admin: "admin-planted", forward: "forward-planted", reverse: "reverse-planted" },
      superUsers: ["admin"],
      superPrincipals: [],
    });
  const [source, target] = await Promise.all([broker("source"), broker("target")]);
  running.push(
    () => source.stop(),
    () => target.stop(),
  );
  brokers = { source, target };
  clusters = { source: open("source"), target: open("target") };
  running.push(
    () => clusters.source.close(),
    () => clusters.target.close(),
  );
  migration = fileOf();
  secrets = {
    "shop/forward": { username: "forward", password: "forward-planted" },
    "shop/reverse": { username: "reverse", password: "reverse-planted" },
    "shop/certificate": certificates.mirror,
  };
  const topics = ["orders", "refunds"].map((name) => ({ name, partitions: 1, replicationFactor: -1, configs: {} }));
  for (const side of ["source", "target"] as const) {
    await clusters[side].topics.create(topics);
    for (const direction of ["forward", "reverse"] as const)
      await clusters[side].rights.add(
        mirrorRights({
          migration: "shop",
          direction,
          // The client certificate is one for both directions here.
          principal: side === "source" ? "User:CN=mirror,O=shop" : `User:${direction}`,
          topics: ["orders", "refunds"],
          emitsOffsetSyncs: false,
        })[side],
      );
  }
  await Promise.all([startWorker("forward"), startWorker("reverse")]);
});
afterAll(async () => {
  for (const stop of running.reverse()) await stop();
  await rm(directory, { recursive: true, force: true });
});

const replicator = () =>
  connectReplicator({
    workers: { restUrl: async (direction) => workers.get(direction)?.url ?? "", forget: () => undefined },
    ends: async (direction) => {
      const means = { addresses: namedAddresses, secrets: heldSecrets(secrets) };
      return {
        source: await mirrorEnd(mirrorSignIn(migration, direction, "source"), means),
        target: await mirrorEnd(mirrorSignIn(migration, direction, "target"), means),
      };
    },
    tasksPerConnector: 1,
  });

const produce = async (side: Side, topic: string, values: readonly string[]): Promise<void> => {
  const { bootstrapServers, sasl } = asAdmin(side);
  const producer = new Producer({
    clientId: "test",
    bootstrapBrokers: [...bootstrapServers],
    ...(sasl === undefined ? {} : { sasl }),
    serializers: stringSerializers,
  });
  await producer.send({ messages: values.map((value) => ({ topic, key: "k", value })) });
  await producer.close();
};

const spec = (name: string, topic: string) =>
  ({ name, topics: [topic], partitions: 1, maxMessageBytes: 1_048_588, emitsOffsetSyncs: false }) as const;

describe("a MirrorMaker 2 worker with the environment of its task definition", () => {
  it.each([
    ["forward", "source", "target", "orders"],
    ["reverse", "target", "source", "refunds"],
  ] as const)(
    "mirrors %s between a broker with mTLS and one with SCRAM over TLS",
    async (direction, from, to, topic) => {
      const mirror = replicator();
      await produce(from, topic, ["a", "b", "c"]);
      await mirror.ensure(direction, spec(`m-${direction}`, topic), "RUNNING");
      await eventually("a whole connector", async () => isWhole(await mirror.status(direction, `m-${direction}`)));
      const end = async () => (await clusters[to].log.ends([{ topic, partition: 0 }])).get(`${topic}/0`)?.highWatermark;
      await eventually("three records mirrored", async () => (await end()) === offsetOn(3n));
      expect((await mirror.replicatedThrough(direction, `m-${direction}`)).get(`${topic}/0`) ?? 3n).toBe(3n);
    },
  );

  it("shows its metrics, the mirror's among them, and no secret in its log or answers", async () => {
    const worker = workers.get("forward");
    const shown = await eventually("the mirror's metrics", async () => {
      const text = await (await fetch(worker?.metrics ?? "")).text();
      return /kafka_connect_mirror_source_record_count\{[^}]*topic="orders"[^}]*\} 3/.test(text) && text;
    });
    expect(shown).toMatch(/kafka_connect_worker_metrics_task_count 1/);
    expect(shown).toMatch(/jvm_heap_max_bytes/);
    const answered = await (await fetch(`${worker?.url}/connectors/m-forward`)).text();
    expect(answered).toContain("${env:SOURCE_KEY}");
    for (const text of [shown, answered, await readFile(join(directory, "forward.log"), "utf8")]) {
      expect(text).not.toContain("planted");
      expect(text).not.toContain("PRIVATE KEY");
    }
  });

  it("takes its address, its heap and its port from the task", async () => {
    const worker = workers.get("forward");
    const [arguments_, listening] = [
      (await readFile(`/proc/${worker?.child.identity.pid}/cmdline`, "utf8")).split("\0"),
      new URL(worker?.url ?? ""),
    ];
    expect(arguments_).toContain("-Xmx360m");
    expect(listening.hostname).toBe("127.0.0.1");
  });

  it("takes what a mirror needs to sign in by IAM, down to asking the broker, which knows no IAM here", async () => {
    const iam = { type: "iam", role: iamRole, region: "eu-west-1" };
    const byIam = migrationSchema.parse({
      ...migration,
      replicator: {
        ...migration.replicator,
        forward: {
          onSource: { auth: iam, bootstrapServers: [brokers.source.at.SCRAM] },
          onTarget: { auth: iam },
        },
      },
    });
    const usual = migration;
    migration = byIam;
    try {
      await replicator().ensure("forward", spec("m-iam", "orders"), "RUNNING");
      const log = () => readFile(join(directory, "forward.log"), "utf8");
      await eventually("the broker's answer to the connector", async () =>
        /Client SASL mechanism 'AWS_MSK_IAM' not enabled in the server/.test(await log()),
      );
      const jars = await workerJars();
      const ended = await startChild({
        name: "worker by IAM",
        command: script,
        args: [],
        environment: {
          PATH: process.env["PATH"],
          ...(await taskEnvironment(byIam, "forward", secrets)),
          CONNECT_HEAP_MEGABYTES: "128",
          CONNECT_ADVERTISED_HOST: "127.0.0.1",
          CONNECT_REST_PORT: String(await freePort()),
          CONNECT_METRICS_PORT: "",
          CONNECT_CLASSPATH: jars.classpath,
          CONNECT_JAVA_OPTIONS: ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", ...sharedClasses("worker")].join(" "),
        },
        logFile: join(directory, "iam.log"),
        isHealthy: async () => false,
        healthyWithinSeconds: 60,
      }).then(
        () => "it runs",
        (error: unknown) => String(error),
      );
      expect(ended).toContain("ended with 2");
      expect(await readFile(join(directory, "iam.log"), "utf8")).toMatch(
        /Client SASL mechanism 'AWS_MSK_IAM' not enabled in the server, enabled mechanisms are \[SCRAM-SHA-256\]/,
      );
    } finally {
      migration = usual;
    }
  });

  it("is well by its own account while it runs, and ends in order when it is told to, within its stop timeout", async () => {
    const worker = workers.get("reverse");
    const isWell = async (): Promise<boolean> => {
      const { hostname, port } = new URL(worker?.url ?? "");
      const environment = {
        PATH: process.env["PATH"],
        ...(await taskEnvironment(migration, "reverse", secrets)),
        CONNECT_HEAP_MEGABYTES: "128",
        CONNECT_ADVERTISED_HOST: hostname,
        CONNECT_REST_PORT: port,
      };
      return promisify(execFile)(script, ["health"], { env: environment }).then(
        () => true,
        () => false,
      );
    };
    expect(await isWell()).toBe(true);
    const begun = Date.now();
    await worker?.child.stop();
    expect(Date.now() - begun).toBeLessThan(15_000);
    expect(await isWell()).toBe(false);
  });
});
