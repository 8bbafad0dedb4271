/** A further way in, beside SASL_PLAINTEXT. */
export type Listener = {
  /** Upper case. */
  readonly name: string;
  readonly port: number;
  readonly protocol: "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  /** Without the prefix `listener.name.<name>.`. */
  readonly properties: Readonly<Record<string, string>>;
};

/** `server.properties` of one broker that is its own controller; what `overrides` names wins. */
export function brokerProperties(o: {
  readonly port: number;
  readonly controllerPort: number;
  readonly brokerPassword: string;
  readonly controllerPassword: string;
  readonly logDirectory: string;
  readonly superUsers: readonly string[];
  readonly allowEveryone: boolean;
  readonly listeners: readonly Listener[];
  readonly overrides: Readonly<Record<string, string>>;
}): Record<string, string> {
  const further = o.listeners.map(({ name, port }) => `,${name}://127.0.0.1:${port}`).join("");
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule";
  const plain = "org.apache.kafka.common.security.plain.PlainLoginModule";
  return {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${o.controllerPort}`,
    listeners: `SASL_PLAINTEXT://127.0.0.1:${o.port},CONTROLLER://127.0.0.1:${o.controllerPort}${further}`,
    "advertised.listeners": `SASL_PLAINTEXT://127.0.0.1:${o.port}${further}`,
    "listener.security.protocol.map": `SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT${o.listeners.map(({ name, protocol }) => `,${name}:${protocol}`).join("")}`,
    "controller.listener.names": "CONTROLLER",
    "log.dirs": o.logDirectory,
    "security.inter.broker.protocol": "SASL_PLAINTEXT",
    "sasl.enabled.mechanisms": "SCRAM-SHA-256",
    "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-256",
    "listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config": `${scram} required username="broker" password="${o.brokerPassword}";`,
    // The controller listener signs in by PLAIN: SCRAM's credentials live in the log that it has yet to load.
    "sasl.mechanism.controller.protocol": "PLAIN",
    "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
    "listener.name.controller.plain.sasl.jaas.config": `${plain} required username="controller" password="${o.controllerPassword}" user_controller="${o.controllerPassword}";`,
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": ["broker", "controller", ...o.superUsers].map((name) => `User:${name}`).join(";"),
    "allow.everyone.if.no.acl.found": String(o.allowEveryone),
    "auto.create.topics.enable": "false",
    "num.partitions": "1",
    "message.max.bytes": "2097152",
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    // Threads and buffers for a machine with two cores and several brokers.
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "1",
    "log.cleaner.threads": "1",
    "log.cleaner.dedupe.buffer.size": "2097152",
    "num.recovery.threads.per.data.dir": "1",
    "log.index.size.max.bytes": "1048576",
    ...Object.fromEntries(
      o.listeners.flatMap(({ name, properties }) =>
        Object.entries(properties).map(([key, value]) => [`listener.name.${name.toLowerCase()}.${key}`, value]),
      ),
    ),
    ...o.overrides,
  };
}

/** In the escaping of Java's property files. */
export const propertiesText = (properties: Readonly<Record<string, string>>): string =>
  Object.entries(properties)
    .map(([key, value]) => `${key}=${value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`)
    .join("");
