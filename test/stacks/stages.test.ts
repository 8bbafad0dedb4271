import { existsSync } from "node:fs";
import { describe, expect, inject, it } from "vitest";
import { tableDefinition } from "#adapters/dynamodb/table.ts";
import { parseSettings } from "../../stacks/settings.ts";
import { below, ofType, one, policyOf, production, statementsIn, trial } from "./graph.ts";

it("both stages' graphs evaluate in less than 30 s of one processor", () => {
  const seconds = inject("evaluationSeconds");
  expect(seconds).toBeGreaterThan(0.5);
  expect(seconds).toBeLessThan(30);
  for (const graph of [production, trial]) expect(graph.resources.length).toBeGreaterThan(300);
});

describe("production", () => {
  it("keeps its data and its key, and is not removed by mistake", () => {
    expect(production.app).toMatchObject({ removal: "retain", protect: true });
    const table = one("aws:dynamodb/table:Table", "WavesTable");
    expect(table.inputs["deletionProtectionEnabled"]).toBe(true);
    expect(table.options.retainOnDelete).toBe(true);
    expect(one("aws:kms/key:Key", "DataKey").options.retainOnDelete).toBe(true);
  });
});

describe("a stage for trying", () => {
  it("leaves nothing", () => {
    expect(trial.app).toMatchObject({ removal: "remove", protect: false });
    expect(one("aws:dynamodb/table:Table", "WavesTable", trial).inputs["deletionProtectionEnabled"]).toBe(false);
    const kept = trial.resources.filter(({ options }) => options.retainOnDelete === true || options.protect === true);
    expect(kept).toEqual([]);
    expect(one("aws:ecr/repository:Repository", "WorkersImages", trial).inputs["forceDelete"]).toBe(true);
  });

  it.each([production, trial])("is torn down first: the command depends on what it needs", (graph) => {
    const { inputs, options } = one("command:local:Command", "Teardown", graph);
    expect(inputs["delete"]).toBe(`npm run -s teardown -- --stage ${graph.app.stage} --region eu-west-1`);
    expect(options.dependsOn).toEqual(
      expect.arrayContaining(["WorkersCluster", "Deadlines", "Waves", "TimerTickActiveWaves"]),
    );
  });

  it("shares no name with production", () => {
    const named = (graph: typeof production) =>
      new Set(
        graph.resources
          .filter(({ custom }) => custom)
          .flatMap(({ type, inputs }) => {
            const name = inputs["name"] ?? inputs["dashboardName"];
            const isInNamedGroup = type === "aws:scheduler/schedule:Schedule" || type.startsWith("aws:apigatewayv2/");
            return typeof name === "string" && !isInNamedGroup ? [`${type} ${name}`] : [];
          }),
      );
    expect([...named(trial)].filter((name) => named(production).has(name))).toEqual([]);
    expect(named(trial).size).toBeGreaterThan(100);
  });
});

describe("the table", () => {
  it.each([production, trial])(
    "is what both homes' code expects, encrypted, restorable and with its stream",
    (graph) => {
      const { inputs } = one("aws:dynamodb/table:Table", "WavesTable", graph);
      const expected = tableDefinition(`sluice-${graph.app.stage}`);
      expect(inputs).toMatchObject({
        name: expected.TableName,
        billingMode: "PAY_PER_REQUEST",
        hashKey: "pk",
        rangeKey: "sk",
        streamEnabled: true,
        streamViewType: expected.StreamSpecification?.StreamViewType,
        ttl: { enabled: true, attributeName: "expiresAtSeconds" },
        pointInTimeRecovery: { enabled: true },
        serverSideEncryption: { enabled: true, kmsKeyArn: expect.stringContaining(":key/") },
      });
      expect(inputs["attributes"]).toEqual(
        expect.arrayContaining(
          (expected.AttributeDefinitions ?? []).map(({ AttributeName: name, AttributeType: type }) => ({ name, type })),
        ),
      );
      const [index] = expected.GlobalSecondaryIndexes ?? [];
      expect(inputs["globalSecondaryIndexes"]).toEqual([
        expect.objectContaining({ name: index?.IndexName, projectionType: index?.Projection?.ProjectionType }),
      ]);
    },
  );
});

describe("the network", () => {
  const rules = ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule");

  it("opens the brokers' and the registry's ports, the workers' REST port, and AWS's, and nothing else", () => {
    expect(new Set(rules.map(({ inputs }) => inputs["fromPort"]))).toEqual(
      new Set([9092, 9094, 9096, 9098, 8081, 8083, 443]),
    );
    for (const { name, inputs } of rules) {
      expect(inputs["toPort"], name).toBe(inputs["fromPort"]);
      expect(inputs["cidrIpv4"], name).not.toBe("0.0.0.0/0");
    }
    const inwards = ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    const isOfMetrics = ({ inputs }: (typeof inwards)[number]): boolean => inputs["fromPort"] === 9404;
    expect(inwards.filter(isOfMetrics).map(({ inputs }) => inputs["referencedSecurityGroupId"])).toEqual([
      "sg-0123456789abcdef0",
    ]);
    for (const { name, inputs } of inwards.filter((rule) => !isOfMetrics(rule))) {
      expect([8083, 443], name).toContain(inputs["fromPort"]);
      expect(inputs["referencedSecurityGroupId"], name).toMatch(/Group-id$/);
    }
  });

  it("brings endpoints for the services that are called from inside, where nothing else leads there", () => {
    const services = ofType("aws:ec2/vpcEndpoint:VpcEndpoint").map(({ inputs }) =>
      String(inputs["serviceName"]).replace("com.amazonaws.eu-west-1.", ""),
    );
    const called = new Set(
      inject("bundles").flatMap(({ operations }) => operations.map((operation) => operation.split(":")[0] ?? "")),
    );
    const names: Readonly<Record<string, string>> = { cloudwatch: "monitoring" };
    expect(called.size).toBeGreaterThan(5);
    for (const service of called) expect(services).toContain(names[service] ?? service);
    for (const service of ["s3", "ecr.api", "ecr.dkr", "logs"]) expect(services).toContain(service);
  });
});

describe("the workers' home", () => {
  it("is a cluster with insight, a log group, an image by its content, and roles that do nothing but start and sign in", () => {
    expect(one("aws:ecs/cluster:Cluster", "WorkersCluster").inputs).toMatchObject({
      name: "sluice-production",
      settings: [{ name: "containerInsights", value: "enabled" }],
    });
    expect(one("aws:cloudwatch/logGroup:LogGroup", "WorkersLogs").inputs).toMatchObject({ retentionInDays: 30 });
    const image = one("docker-build:index:Image", "WorkersImage").inputs;
    expect(image).toMatchObject({
      push: true,
      dockerfile: { location: expect.stringMatching(/\/workers\/Dockerfile$/) },
    });
    expect(image["tags"]).toEqual([expect.stringMatching(/\/sluice-production\/connect:[0-9a-f]{16}$/)]);
    expect(policyOf(one("aws:iam/role:Role", "WorkersTaskRole")).flatMap(({ Action }) => Action)).toEqual([
      "sts:AssumeRole",
    ]);
    expect(existsSync(String(below(one("docker-build:index:Image", "WorkersImage"), "dockerfile")["location"]))).toBe(
      true,
    );
  });
});

describe("topics and queues", () => {
  it("take messages only from this account, encrypted, and keep what failed two weeks", () => {
    for (const { inputs, name } of ofType("aws:sqs/queue:Queue"))
      expect(inputs, name).toMatchObject({ messageRetentionSeconds: 1_209_600, sqsManagedSseEnabled: true });
    const topic = one("aws:sns/topic:Topic", "Transitions").inputs;
    expect(topic["kmsMasterKeyId"]).toMatch(/:key\//);
    for (const statement of statementsIn(String(topic["policy"])))
      expect(statement.Effect === "Deny" || JSON.stringify(statement.Principal).includes("123456789012")).toBe(true);
    const { http } = JSON.parse(String(topic["deliveryPolicy"]));
    const { numRetries, numMaxDelayRetries, maxDelayTarget } = http.defaultHealthyRetryPolicy;
    // An endpoint may be down for ten minutes and more; SNS refuses what may take longer than an hour.
    expect(numMaxDelayRetries * maxDelayTarget).toBeGreaterThan(2 * 600);
    expect(numRetries * maxDelayTarget).toBeLessThan(3600);
    expect(statementsIn(String(one("aws:sns/topic:Topic", "AlarmsTopic").inputs["policy"]))).toEqual([
      expect.objectContaining({
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
      }),
    ]);
  });
});

describe("a stage's settings", () => {
  it("are refused by field, with the file and what was expected", () => {
    expect(() => parseSettings("stacks/stages/x.json", "{")).toThrow(/stacks\/stages\/x\.json is no JSON/);
    const wrong = JSON.stringify({
      vpc: { id: "my-vpc", privateSubnets: [], reachesAws: true },
      kafka: { cidrs: [], ports: [1] },
      posters: ["a"],
      secrets: ["*"],
      vpcs: 1,
    });
    expect(() => parseSettings("x.json", wrong)).toThrow(
      /expected an id such as vpc-[\s\S]*two subnets[\s\S]*every secret of the account[\s\S]*stages\/example\.json/,
    );
  });
});
