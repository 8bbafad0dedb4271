import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeClustersCommand, ECSClient } from "@aws-sdk/client-ecs";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DescribeStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { GetTopicAttributesCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { callApi } from "#local/home/api-client.ts";
import { readHomeFile } from "#local/home/home-file.ts";
import { TABLE } from "#local/home/local-account.ts";
import { type ControlPlane, startControlPlane } from "#local/home/start-control-plane.ts";
import { isAlive } from "#local/processes/process-identity.ts";

let stateDirectory: string;
let home: ControlPlane | undefined;
beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), "sluice-home-"));
});
afterEach(async () => {
  await home?.stop();
  home = undefined;
  await rm(stateDirectory, { recursive: true, force: true });
});

const start = async (): Promise<ControlPlane> => {
  home = await startControlPlane({
    stateDirectory,
    people: [
      { id: "olga", roles: ["operator"] },
      { id: "carl", roles: ["seal-approver"] },
    ],
    secrets: {
      "shop/sluice": { username: "sluice", password: "planted-1" },
      "shop/forward": { username: "forward", password: "planted-2" },
    },
  });
  return home;
};

const clientOf = (plane: ControlPlane, endpoint: string) => ({
  region: plane.environment["AWS_REGION"] ?? "",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
  endpoint,
});

/** ARNs of everything that the handlers were told of, asked of the edge, which they ask too. */
async function arnsAt(plane: ControlPlane): Promise<(string | undefined)[]> {
  const through = clientOf(plane, plane.endpoints.edge);
  const at = (name: string): string => `arn:aws:${name.replace("{}", "eu-west-1:123456789012:")}`;
  const machine = await new SFNClient(through).send(
    new DescribeStateMachineCommand({ stateMachineArn: at("states:{}stateMachine:sluice-wave") }),
  );
  const topic = await new SNSClient(through).send(
    new GetTopicAttributesCommand({ TopicArn: at("sns:{}sluice-transitions") }),
  );
  const cluster = await new ECSClient(through).send(new DescribeClustersCommand({ clusters: ["sluice"] }));
  const secrets = new SecretsManagerClient(clientOf(plane, plane.endpoints.secretsManager));
  const named = ["shop/sluice", "shop/forward"].map((SecretId) =>
    secrets.send(new DescribeSecretCommand({ SecretId })),
  );
  return [
    machine.stateMachineArn,
    topic.Attributes?.["TopicArn"],
    cluster.clusters?.[0]?.status,
    ...(await Promise.all(named)).map((secret) => secret.ARN),
  ];
}

test("starts whole on loopback, answers as people, and leaves nothing running", async () => {
  const plane = await start();
  const listed = await callApi({ url: plane.url, token: plane.tokens["olga"] ?? "" }, "GET", "/migrations");
  expect(listed.status).toBe(200);
  expect((await callApi({ url: plane.url, token: "guessed-token" }, "GET", "/migrations")).status).toBe(401);
  const recorded = await readHomeFile(join(stateDirectory, "home.json"));
  expect(Object.keys(recorded?.services ?? {}).toSorted()).toEqual([
    "dynamodb",
    "edge",
    "guard",
    "host",
    "moto",
    "parameters",
  ]);
  const ports = new Set(Object.values(recorded?.ports ?? {}));
  for (const address of await listening(Object.values(plane.pids()))) {
    expect(address.ip).toBe("127.0.0.1");
    expect(ports).toContain(address.port);
  }
  await expect(startControlPlane({ stateDirectory, people: [] })).rejects.toThrow(/is in use by the control plane/);
  await plane.stop();
  for (const service of Object.values(recorded?.services ?? {})) expect(await isAlive(service)).toBe(false);
});

test("each process that is killed comes back on its port, and a new moto knows what the old one knew", async () => {
  const plane = await start();
  const before = await arnsAt(plane);
  const ssm = new SSMClient(clientOf(plane, plane.endpoints.ssm));
  await ssm.send(new PutParameterCommand({ Name: "/orders/cluster", Value: "paused", Type: "String" }));
  const table = new DynamoDBClient(clientOf(plane, plane.endpoints.dynamodb));
  const Item = { pk: { S: "kept" }, sk: { S: "kept" } };
  await table.send(new PutItemCommand({ TableName: TABLE, Item }));
  for (const service of ["host", "moto", "dynamodb", "parameters", "edge", "guard"] as const) {
    const pid = plane.pids()[service];
    await plane.kill(service);
    await expect.poll(() => plane.isUp() && plane.pids()[service] !== pid, { timeout: 30_000 }).toBe(true);
  }
  expect(await arnsAt(plane)).toEqual(before);
  const read = await ssm.send(new GetParameterCommand({ Name: "/orders/cluster" }));
  expect(read.Parameter?.Value).toBe("paused");
  expect((await table.send(new GetItemCommand({ TableName: TABLE, Key: Item }))).Item).toEqual(Item);
});

test("when all of it was killed, a start on the same directory has the same address, tokens, table and switches", async () => {
  const first = await start();
  const before = await arnsAt(first);
  const table = new DynamoDBClient(clientOf(first, first.endpoints.dynamodb));
  const Item = { pk: { S: "kept" }, sk: { S: "kept" } };
  await table.send(new PutItemCommand({ TableName: TABLE, Item }));
  await first.killEverything();
  const second = await start();
  expect([second.url, second.tokens, second.endpoints]).toEqual([first.url, first.tokens, first.endpoints]);
  expect(await arnsAt(second)).toEqual(before);
  expect((await table.send(new GetItemCommand({ TableName: TABLE, Key: Item }))).Item).toEqual(Item);
});

type Listening = { readonly ip: string; readonly port: number };

/** What these processes listen on, as the kernel says. */
async function listening(pids: readonly number[]): Promise<Listening[]> {
  const found: Listening[] = [];
  for (const pid of pids) {
    const descriptors = await readdir(`/proc/${pid}/fd`);
    const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
    const inodes = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
    for (const file of ["tcp", "tcp6"]) {
      const lines = (await readFile(`/proc/${pid}/net/${file}`, "utf8")).trim().split("\n").slice(1);
      for (const line of lines) {
        const fields = line.trim().split(/\s+/);
        const [local = "", state, inode = ""] = [fields[1], fields[3], fields[9]];
        if (state !== "0A" || !inodes.has(inode)) continue;
        const [address = "", port = ""] = local.split(":");
        found.push({ ip: ipOf(address), port: Number.parseInt(port, 16) });
      }
    }
  }
  expect(found.length).toBeGreaterThan(pids.length - 1);
  return found;
}

/** Java listens on the mapped form of an IPv4 address. */
function ipOf(hex: string): string {
  const last = hex.slice(-8);
  const isIpv4 = hex.length === 8 || hex.startsWith("0000000000000000FFFF0000");
  if (!isIpv4) return hex;
  return [6, 4, 2, 0].map((at) => Number.parseInt(last.slice(at, at + 2), 16)).join(".");
}
