import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Child, logSays, startChild } from "#local/processes/child.ts";
import { freePort, listens } from "#local/setup/free-port.ts";
import { kafkaClasspath } from "#local/setup/jars.ts";

/** A broker of Kafka 2.8.2 with a ZooKeeper of its own: plain text, nobody signs in, ACLs kept and binding nobody. */
export async function startZookeeperBroker(
  directory: string,
): Promise<{ readonly bootstrapServers: string; stop(): Promise<void> }> {
  await mkdir(directory, { recursive: true });
  const classpath = await kafkaClasspath("2.8.2");
  const [zookeeperPort, port] = [await freePort(), await freePort()];
  const java = (
    name: string,
    main: string,
    args: readonly string[],
    isHealthy: (log: string) => Promise<boolean>,
  ): Promise<Child> => {
    const logFile = join(directory, `${name}.log`);
    return startChild({
      name: `${name} of 2.8.2`,
      command: "java",
      args: [
        "-Xms32m",
        "-Xmx256m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",
        `-Dlog4j.configuration=${new URL("../../../../local/kafka/log4j.properties", import.meta.url).href}`,
        "-Dzookeeper.admin.enableServer=false",
        "-cp",
        classpath,
        main,
        ...args,
      ],
      logFile,
      isHealthy: () => isHealthy(logFile),
      healthyWithinSeconds: 60,
      stopWithinSeconds: 5,
    });
  };
  const zookeeperFile = join(directory, "zookeeper.properties");
  await writeFile(
    zookeeperFile,
    `dataDir=${join(directory, "zookeeper")}\nclientPort=${zookeeperPort}\nclientPortAddress=127.0.0.1\ntickTime=1000\n`,
  );
  const zookeeper = await java("zookeeper", "org.apache.zookeeper.server.ZooKeeperServerMain", [zookeeperFile], () =>
    listens(zookeeperPort),
  );
  const brokerFile = join(directory, "server.properties");
  await writeFile(
    brokerFile,
    Object.entries({
      "broker.id": "1",
      "zookeeper.connect": `127.0.0.1:${zookeeperPort}`,
      listeners: `PLAINTEXT://127.0.0.1:${port}`,
      "log.dirs": join(directory, "data"),
      "authorizer.class.name": "kafka.security.authorizer.AclAuthorizer",
      "super.users": "User:ANONYMOUS",
      "offsets.topic.replication.factor": "1",
      "offsets.topic.num.partitions": "4",
      "transaction.state.log.replication.factor": "1",
      "transaction.state.log.min.isr": "1",
      "transaction.state.log.num.partitions": "4",
      "group.initial.rebalance.delay.ms": "0",
      "auto.create.topics.enable": "false",
      "num.network.threads": "2",
      "num.io.threads": "2",
      "log.cleaner.dedupe.buffer.size": "2097152",
    })
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
  );
  const broker = await java("broker", "kafka.Kafka", [brokerFile], (log) =>
    logSays(log, 0, "[KafkaServer id=1] started"),
  ).catch(async (error: unknown) => {
    await zookeeper.stop();
    throw error;
  });
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    stop: async () => {
      await broker.stop();
      await zookeeper.stop();
    },
  };
}
