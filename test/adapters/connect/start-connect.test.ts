import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "#local/setup/free-port.ts";
import { startTaskMetadata } from "../../workers/task-metadata.ts";

const script = fileURLToPath(new URL("../../../workers/start-connect.sh", import.meta.url));
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "start-connect-"));
  // Stands in for Java: shows what it was given.
  await writeFile(
    join(directory, "java"),
    '#!/bin/sh\nprintf "%s\\n" "$@" >"$SHOWN/arguments"\ncp /dev/fd/3 "$SHOWN/properties"\nprintf "%s" "$CONNECT_PASSWORD" >"$SHOWN/password"\n',
    { mode: 0o700 },
  );
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const whole = {
  CONNECT_BOOTSTRAP_SERVERS: "b1:9092,b2:9092",
  CONNECT_SECURITY_PROTOCOL: "SASL_SSL",
  CONNECT_SASL_MECHANISM: "SCRAM-SHA-512",
  CONNECT_USERNAME: "mirror",
  CONNECT_PASSWORD: 'a"b\\c$d',
  SOURCE_PASSWORD: "planted-source",
  TARGET_PASSWORD: "planted-target",
  CONNECT_GROUP_ID: "g",
  CONNECT_INTERNAL_TOPIC_PREFIX: "p-",
  CONNECT_INTERNAL_REPLICATION_FACTOR: "-1",
  CONNECT_HEAP_MEGABYTES: "300",
  CONNECT_ADVERTISED_HOST: "10.0.0.5",
};

const run = async (environment: Readonly<Record<string, string>>) => {
  const shown = await mkdtemp(join(directory, "shown-"));
  const temporary = await mkdtemp(join(directory, "temporary-"));
  const child = spawn(script, {
    env: { PATH: `${directory}:${process.env["PATH"]}`, SHOWN: shown, TMPDIR: temporary, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const file = (name: string) => readFile(join(shown, name), "utf8");
  return { code, said, file, left: await readdir(temporary) };
};

describe("start-connect.sh", () => {
  it("gives Java the properties, no password among them, and leaves no file behind", async () => {
    const { code, said, file, left } = await run(whole);
    expect([code, said, left]).toEqual([0, "", []]);
    const properties = await file("properties");
    expect(properties).toContain("\nbootstrap.servers=b1:9092,b2:9092\n");
    expect(properties).toContain("\nlisteners=http://10.0.0.5:8083\n");
    expect(properties).toContain(
      "\nconfig.providers.env.param.allowlist.pattern=^(CONNECT|SOURCE|TARGET)_(PASSWORD|CERTIFICATE|KEY|CA)$\n",
    );
    for (const prefix of ["", "producer.", "consumer.", "admin."])
      expect(`\n${properties}`).toContain(
        `\n${prefix}sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="mirror" password="\${env:CONNECT_PASSWORD}";\n`,
      );
    const given = properties + (await file("arguments"));
    for (const secret of ["planted", 'a"b', "c$d"]) expect(given).not.toContain(secret);
    expect(await file("arguments")).toContain("-Xmx300m\n");
  });

  it("writes passwords as a quoted JAAS string has them", async () => {
    expect(await (await run(whole)).file("password")).toBe('a\\"b\\\\c$d');
  });

  it("binds to another address than it advertises where told", async () => {
    const { file } = await run({ ...whole, CONNECT_REST_HOST: "127.0.0.1", CONNECT_REST_PORT: "9000" });
    const properties = await file("properties");
    expect(properties).toContain("\nlisteners=http://127.0.0.1:9000\n");
    expect(properties).toContain("\nrest.advertised.host.name=10.0.0.5\nrest.advertised.port=9000\n");
  });

  it("needs no sign-in where the cluster takes none", async () => {
    const { CONNECT_SASL_MECHANISM: _m, CONNECT_USERNAME: _u, CONNECT_PASSWORD: _p, ...rest } = whole;
    const { code, file } = await run({ ...rest, CONNECT_SECURITY_PROTOCOL: "PLAINTEXT" });
    expect(code).toBe(0);
    expect(await file("properties")).not.toContain("sasl");
  });

  const pem = (what: string) => `-----BEGIN ${what}-----\nplanted-pem\n-----END ${what}-----\n`;
  const certified = {
    CONNECT_SECURITY_PROTOCOL: "SSL",
    CONNECT_CA: pem("CERTIFICATE"),
    CONNECT_CERTIFICATE: pem("CERTIFICATE"),
    CONNECT_KEY: pem("PRIVATE KEY"),
  };
  const iam = {
    CONNECT_SASL_MECHANISM: "AWS_MSK_IAM",
    CONNECT_IAM_ROLE: "arn:aws:iam::123456789012:role/mirror",
    CONNECT_IAM_SESSION: "sluice-shop-forward",
    CONNECT_IAM_REGION: "eu-west-1",
  };

  it("names certificate, key and authorities for the provider, in each client's own settings", async () => {
    const { code, file } = await run({ ...whole, ...certified });
    expect(code).toBe(0);
    const properties = `\n${await file("properties")}`;
    for (const prefix of ["", "producer.", "consumer.", "admin."])
      expect(properties).toContain(
        [
          "",
          "security.protocol=SSL",
          "ssl.truststore.type=PEM",
          "ssl.truststore.certificates=${env:CONNECT_CA}",
          "ssl.keystore.type=PEM",
          "ssl.keystore.certificate.chain=${env:CONNECT_CERTIFICATE}",
          "ssl.keystore.key=${env:CONNECT_KEY}",
          "",
        ]
          .join(`\n${prefix}`)
          .replace(new RegExp(`\n${prefix}$`), "\n"),
      );
    expect(properties + (await file("arguments"))).not.toContain("planted");
    expect(properties).not.toContain("sasl");
  });

  it("signs in by IAM under the session that it is given", async () => {
    const { code, file } = await run({ ...whole, ...iam });
    expect(code).toBe(0);
    expect(await file("properties")).toContain(
      '\nproducer.sasl.mechanism=AWS_MSK_IAM\nproducer.sasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required awsRoleArn="arn:aws:iam::123456789012:role/mirror" awsRoleSessionName="sluice-shop-forward" awsStsRegion="eu-west-1";\nproducer.sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler\n',
    );
  });

  it("shows its metrics where it is given a port for them", async () => {
    const { file } = await run({ ...whole, CONNECT_METRICS_PORT: "9404", CONNECT_METRICS_AGENT: "/agent.jar" });
    expect(await file("arguments")).toContain(`-javaagent:/agent.jar=0.0.0.0:9404:${dirname(script)}/metrics.yaml\n`);
    expect(await (await run(whole)).file("arguments")).not.toContain("javaagent");
  });

  describe("on ECS", () => {
    const { CONNECT_ADVERTISED_HOST: _a, CONNECT_HEAP_MEGABYTES: _h, ...told } = whole;
    const onEcs = async (memoryMegabytes: number) => {
      const metadata = await startTaskMetadata({ address: "10.0.0.7", memoryMegabytes });
      try {
        return await run({ ...told, ECS_CONTAINER_METADATA_URI_V4: metadata.url });
      } finally {
        await metadata.stop();
      }
    };

    it("takes the address that it advertises and its heap from the task", async () => {
      const { code, said, file } = await onEcs(2048);
      expect([code, said]).toEqual([0, ""]);
      expect(await file("properties")).toContain(
        "\nlisteners=http://10.0.0.7:8083\nrest.advertised.host.name=10.0.0.7\n",
      );
      expect(await file("arguments")).toContain("-Xmx1228m\n");
    });

    it("refuses a task that is too small for a worker, and metadata that nobody serves", async () => {
      const small = await onEcs(128);
      expect([small.code, small.said]).toEqual([
        64,
        expect.stringContaining("gives the task no memory of 256 MB or more"),
      ]);
      const nobody = await run({ ...told, ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${await freePort()}/v4/c` });
      expect([nobody.code, nobody.said]).toEqual([64, expect.stringContaining("names no IPv4 address")]);
    });
  });

  it.each([
    [{ CONNECT_GROUP_ID: "" }, "CONNECT_GROUP_ID is not set"],
    [{ CONNECT_PASSWORD: "" }, "CONNECT_PASSWORD is not set"],
    [
      { CONNECT_SECURITY_PROTOCOL: "SASL" },
      "CONNECT_SECURITY_PROTOCOL is SASL; expected PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL",
    ],
    [{ CONNECT_HEAP_MEGABYTES: "1g" }, "CONNECT_HEAP_MEGABYTES is 1g; expected a number of megabytes"],
    [{ CONNECT_HEAP_MEGABYTES: "" }, "CONNECT_HEAP_MEGABYTES is not set; set CONNECT_HEAP_MEGABYTES"],
    [
      { CONNECT_SASL_MECHANISM: "PLAIN" },
      "CONNECT_SASL_MECHANISM is PLAIN; expected SCRAM-SHA-256, SCRAM-SHA-512 or AWS_MSK_IAM",
    ],
    [{ ...iam, CONNECT_IAM_SESSION: "" }, "CONNECT_IAM_SESSION is not set"],
    [
      { ...iam, CONNECT_IAM_ROLE: 'r" awsDebugCreds="true' },
      "CONNECT_IAM_ROLE has a line end, a backslash or a quotation mark",
    ],
    [{ ...certified, CONNECT_CERTIFICATE: "" }, "CONNECT_CERTIFICATE is not set"],
    [{ ...certified, CONNECT_KEY: "" }, "CONNECT_KEY is not set, and CONNECT_CERTIFICATE is"],
    [{ ...certified, CONNECT_KEY: pem("RSA PRIVATE KEY") }, "CONNECT_KEY holds no PKCS#8 key"],
    [
      { ...certified, CONNECT_SECURITY_PROTOCOL: "SASL_SSL" },
      "CONNECT_KEY is set and CONNECT_SECURITY_PROTOCOL is SASL_SSL",
    ],
    [{ SOURCE_CA: "planted" }, "SOURCE_CA holds no PEM certificate"],
    [{ CONNECT_METRICS_PORT: "http" }, "CONNECT_METRICS_PORT is http; expected a port"],
    [{ CONNECT_INTERNAL_REPLICATION_FACTOR: "0" }, "CONNECT_INTERNAL_REPLICATION_FACTOR is 0"],
    [{ CONNECT_GROUP_ID: "g\nlisteners=http://0.0.0.0:1" }, "CONNECT_GROUP_ID has a line end"],
    [{ CONNECT_USERNAME: 'm" serviceName="x' }, "CONNECT_USERNAME has a line end, a backslash or a quotation mark"],
    [{ SOURCE_PASSWORD: "two\nlines" }, "SOURCE_PASSWORD has a line end"],
  ])("refuses %j with one sentence and 64", async (change, sentence) => {
    const { code, said, left } = await run({ ...whole, ...change });
    expect(code).toBe(64);
    expect(said).toContain(`start-connect: ${sentence}`);
    expect(said.trim().split("\n")).toHaveLength(1);
    expect(said).not.toMatch(/two|planted/);
    expect(left).toEqual([]);
  });
});
