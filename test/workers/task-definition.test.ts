import { beforeAll, describe, expect, it } from "vitest";
import { migrationSchema } from "#core/migration/migration.ts";
import { type Certificate, makeCertificates } from "../certificates/make-certificates.ts";
import { migrationFile } from "../in-memory/migration.ts";
import { type HeldSecrets, registeredTask } from "./worker-task.ts";

let made: Readonly<Record<"authority" | "mirror", Certificate>>;
let secrets: HeldSecrets;
beforeAll(async () => {
  made = await makeCertificates([
    { name: "authority", subject: [["CN", "authority"]], isAuthority: true },
    { name: "mirror", subject: [["CN", "mirror"]], signedBy: "authority" },
  ]);
  secrets = { "shop/mirror": { username: "mirror", password: "planted" }, "shop/certificate": made.mirror };
});

const role = "arn:aws:iam::123456789012:role/mirror";
const file = () =>
  migrationSchema.parse(
    migrationFile({
      source: {
        bootstrapServers: ["old-1:9093"],
        ca: made.authority.certificate,
        auth: { type: "mtls", secret: "shop/certificate" },
      },
      target: { bootstrapServers: ["new-1:9098"], auth: { type: "iam", role, region: "eu-west-1" } },
      replicator: Object.fromEntries(
        ["forward", "reverse"].map((direction) => [
          direction,
          {
            principal: `User:CN=${direction}`,
            auth: { type: "mtls", secret: "shop/certificate" },
            onTarget: { auth: { type: "iam", role, region: "eu-west-1" } },
          },
        ]),
      ),
    }),
  );

const containerOf = async (direction: "forward" | "reverse", held = secrets) => {
  const [container] = (await registeredTask(file(), direction, held)).containerDefinitions ?? [];
  if (container === undefined) throw new Error("a task has a container");
  return {
    environment: Object.fromEntries((container.environment ?? []).map(({ name, value }) => [name, value])),
    secrets: Object.fromEntries((container.secrets ?? []).map(({ name, valueFrom }) => [name, valueFrom])),
    labels: container.dockerLabels ?? {},
    healthCheck: container.healthCheck,
    ports: (container.portMappings ?? []).map(({ containerPort }) => containerPort),
  };
};
const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/certificate-a1b2c3";

describe("the task definition of a worker", () => {
  it("that attaches by IAM and reads by certificate names role, session and region, and takes the certificate from its secret", async () => {
    const forward = await containerOf("forward");
    expect(forward.environment).toMatchObject({
      CONNECT_BOOTSTRAP_SERVERS: "new-1:9098",
      CONNECT_SECURITY_PROTOCOL: "SASL_SSL",
      CONNECT_SASL_MECHANISM: "AWS_MSK_IAM",
      CONNECT_IAM_ROLE: role,
      CONNECT_IAM_SESSION: "sluice-shop-forward",
      CONNECT_IAM_REGION: "eu-west-1",
      SOURCE_CA: made.authority.certificate,
    });
    expect(forward.secrets).toEqual({ SOURCE_CERTIFICATE: `${arn}:certificate::`, SOURCE_KEY: `${arn}:key::` });
    // Its heap follows from the task's memory.
    for (const absent of ["CONNECT_CA", "TARGET_CA", "CONNECT_USERNAME", "CONNECT_HEAP_MEGABYTES"])
      expect(forward.environment).not.toHaveProperty(absent);
  });

  it("that attaches by certificate has it under both names", async () => {
    const reverse = await containerOf("reverse");
    expect(reverse.environment).toMatchObject({
      CONNECT_BOOTSTRAP_SERVERS: "old-1:9093",
      CONNECT_SECURITY_PROTOCOL: "SSL",
      CONNECT_CA: made.authority.certificate,
    });
    expect(reverse.environment).not.toHaveProperty("CONNECT_SASL_MECHANISM");
    expect(Object.keys(reverse.secrets).toSorted()).toEqual([
      "CONNECT_CERTIFICATE",
      "CONNECT_KEY",
      "SOURCE_CERTIFICATE",
      "SOURCE_KEY",
    ]);
  });

  it("holds no key, and says where metrics are found", async () => {
    const definition = JSON.stringify(await registeredTask(file(), "reverse", secrets));
    expect(definition).not.toContain("PRIVATE KEY");
    const { labels, ports } = await containerOf("forward");
    expect(labels).toMatchObject({ ECS_PROMETHEUS_EXPORTER_PORT: "9404", ECS_PROMETHEUS_METRICS_PATH: "/metrics" });
    expect(ports).toEqual([8083, 9404]);
  });

  it("lets ECS replace a worker that does not answer, which it asks by the image's own script", async () => {
    const { healthCheck } = await containerOf("forward");
    expect(healthCheck?.command).toEqual(["CMD", "/opt/sluice/start-connect.sh", "health"]);
    const { interval = 0, retries = 0, startPeriod } = healthCheck ?? {};
    expect(interval * retries).toBeGreaterThanOrEqual(120);
    expect(startPeriod).toBeGreaterThanOrEqual(60);
  });

  it("is not made of a certificate that no worker could use", async () => {
    const wrong = { ...secrets, "shop/certificate": { ...made.mirror, key: made.authority.key } };
    await expect(containerOf("forward", wrong)).rejects.toThrow(/secret shop\/certificate do not belong together/);
  });
});
