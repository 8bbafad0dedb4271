import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskConfig, shortTrace, type TypeOf } from "#core/inventory/connectors/mask-config.ts";

const described: TypeOf = (key) =>
  ({ "topic.count": "INT", greeting: "STRING", "connection.url": "STRING", code: "PASSWORD" })[key];
const nobody: TypeOf = () => undefined;
const one = (key: string, value: string, typeOf = described) => maskConfig({ [key]: value }, typeOf).config[key];

describe("masking a connector's settings", () => {
  it.each([
    ["greeting", "hello"],
    ["topic.count", "3"],
    ["connection.url", "jdbc:postgresql://db.example.com:5432/till"],
    ["connector.class", "io.example.Source"],
    ["transforms.route.type", "org.example.Route"],
    ["errors.deadletterqueue.topic.name", "dead"],
    ["consumer.override.group.id", "till"],
    ["source.cluster.bootstrap.servers", "kafka:9092"],
    ["undescribed.flag", "true"],
    ["undescribed.number", "42"],
    ["code", "${vault:secret/till:code}"],
    ["undescribed", " ${file:/run/secrets:a}${env:B} "],
  ])("leaves %s = %s", (key, value) => {
    expect(one(key, value)).toBe(value);
  });

  it.each([
    ["of type PASSWORD", "code", "1234"],
    ["that nobody describes", "undescribed", "perhaps-a-secret"],
    ["named as one", "db.password", "x"],
    ["named as a key", "aws.access_key.id", "x"],
    ["named as a sign-in", "basic.auth.user.info", "me:x"],
    ["in a URL", "connection.url", "mongodb://me:pw@db/till"],
    ["among a URL's parameters", "connection.url", "jdbc:mysql://db/till?user=me&password=pw"],
    ["as a private key", "greeting", "-----BEGIN PRIVATE KEY-----\nMIIE"],
    ["as an AWS key", "greeting", "id AKIAIOSFODNN7EXAMPLE"],
    ["as a token", "greeting", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"],
    ["as a header", "greeting", "Bearer abc"],
  ])("masks a secret %s", (_how, key, value) => {
    expect(one(key, value)).toBe("masked");
  });

  it("takes nothing for harmless where the worker describes no plugin, but what is Connect's own", () => {
    expect(one("greeting", "hello", nobody)).toBe("masked");
    expect(one("topics", "orders", nobody)).toBe("orders");
  });

  it("keeps the references that stand in a secret, which say where it is", () => {
    expect(one("sasl.jaas.config", 'Module required password="${env:PW}" user="me";')).toBe("masked, with ${env:PW}");
  });

  it("lets no value of a PASSWORD through, whatever it looks like, but a reference", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        fc.pre(value.trim() !== "" && !value.includes("${"));
        expect(one("code", value)).toBe("masked");
      }),
    );
  });
});

describe("a failed connector's trace", () => {
  const trace = [
    "org.apache.kafka.connect.errors.ConnectException: cannot sign in as till",
    "\tat org.example.Till.start(Till.java:7)",
    "Caused by: java.io.IOException: first",
    "\tat org.example.Till.ask(Till.java:9)",
    "Caused by: java.net.ConnectException: db said no to hunter22",
    "\tat org.example.Till.call(Till.java:11)",
  ].join("\n");

  it("is what happened and its first cause, without what settings held", () => {
    expect(shortTrace(trace, ["hunter22"])).toBe(
      "org.apache.kafka.connect.errors.ConnectException: cannot sign in as till; Caused by: java.net.ConnectException: db said no to masked",
    );
  });

  it("is the kind of fault alone where its text looks like a secret that a reference led to", () => {
    expect(shortTrace("java.sql.SQLException: jdbc:x?password=led", [])).toBe("java.sql.SQLException: masked");
  });

  it("loses the password inside a sign-in's text too", () => {
    const { secrets } = maskConfig({ "sasl.jaas.config": 'M required username="me" password="hunter22";' }, nobody);
    expect(shortTrace("E: refused hunter22", secrets)).toBe("E: refused masked");
  });
});
