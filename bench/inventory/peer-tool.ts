import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kafkaClasspath } from "#local/setup/jars.ts";
import { runQuietly } from "#local/setup/run-quietly.ts";
import { BENCH_USER } from "./bench-cluster.ts";

/** What `kafka-consumer-groups.sh --describe --all-groups` takes, the start of its JVM included as for whoever runs it. */
export async function describeAllGroups(server: string, directory: string): Promise<{ readonly milliseconds: number }> {
  const settings = join(directory, "tool.properties");
  await writeFile(
    settings,
    [
      "security.protocol=SASL_PLAINTEXT",
      "sasl.mechanism=SCRAM-SHA-256",
      `sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="${BENCH_USER.username}" password="${BENCH_USER.password}";`,
    ].join("\n"),
  );
  const classpath = await kafkaClasspath();
  const begun = performance.now();
  // Heap and collector as the script sets them.
  const output = await runQuietly(
    "java",
    [
      "-Xmx256M",
      "-Dorg.apache.logging.log4j.level=OFF",
      "-cp",
      classpath,
      "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
      "--bootstrap-server",
      server,
      "--command-config",
      settings,
      "--describe",
      "--all-groups",
      "--timeout",
      "60000",
    ],
    directory,
  );
  const milliseconds = performance.now() - begun;
  if (!/^group-\d+\s/m.test(output)) throw new Error("the tool described no group");
  return { milliseconds };
}
