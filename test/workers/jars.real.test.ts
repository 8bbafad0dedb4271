import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { workerJars } from "#local/setup/jars.ts";

it("Maven brings what the image's worker is made of, each class once, and every class that a configuration names", async () => {
  const { classpath } = await workerJars();
  const jars = (await readdir(dirname(classpath))).filter((file) => file.endsWith(".jar"));
  for (const name of [
    "connect-runtime-4.1.2",
    "connect-mirror-4.1.2",
    "kafka-clients-4.1.2",
    "aws-msk-iam-auth-2.3.5-all",
    "jmx_prometheus_javaagent-1.0.1",
    "log4j-core-2.25.1",
  ])
    expect(jars).toContain(`${name}.jar`);
  // Two versions of one library would be picked from by the order of a folder's listing.
  const libraries = jars.map((jar) => jar.replace(/-\d[\w.]*?(-[a-z]+)?\.jar$/, "$1"));
  expect(libraries.filter((library, index) => libraries.indexOf(library) !== index)).toEqual([]);
  const classes = [
    "org.apache.kafka.connect.cli.ConnectDistributed",
    "org.apache.kafka.connect.mirror.MirrorSourceConnector",
    "org.apache.kafka.connect.mirror.MirrorCheckpointConnector",
    "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
    "org.apache.kafka.connect.converters.ByteArrayConverter",
    "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
    "org.apache.kafka.common.security.scram.ScramLoginModule",
    "software.amazon.msk.auth.iam.IAMLoginModule",
    "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
  ];
  const { stdout } = await promisify(execFile)("javap", [
    "-cp",
    classpath.replace("*", jars.map((jar) => jar).join(`:${dirname(classpath)}/`)),
    ...classes,
  ]);
  for (const name of classes) expect(stdout).toContain(`class ${name} `);
});
