import { describe, expect, it } from "vitest";
import { FUNCTIONS } from "#functions/manifest.ts";
import { componentName, functionArn, functionName } from "../../stacks/names.ts";
import { below, deployed, ofType, one, policyOf, production, trial } from "./graph.ts";

const PLACE = { stage: "production", region: "eu-west-1", account: "123456789012" };
const ofKind = (kind: string) => FUNCTIONS.filter(({ invokedBy }) => invokedBy.kind === kind);

describe("the HTTP API", () => {
  const routes = FUNCTIONS.flatMap(({ name, invokedBy }) =>
    invokedBy.kind === "http" ? [{ name, key: invokedBy.route }] : [],
  );

  it.each([production, trial])(
    "has every route of the manifest twice: signed with IAM, and with a token of the issuer",
    (graph) => {
      const made = ofType("aws:apigatewayv2/route:Route", graph).map(({ inputs }) => ({
        key: inputs["routeKey"],
        authorization: inputs["authorizationType"],
      }));
      const expected = routes.flatMap(({ key }) => [
        { key, authorization: "AWS_IAM" },
        { key, authorization: "JWT" },
      ]);
      expect(made.length).toBe(expected.length);
      expect(made).toEqual(expect.arrayContaining(expected));
      expect(
        one("aws:apigatewayv2/authorizer:Authorizer", "PeopleApiAuthorizerSigninAuthorizer", graph).inputs,
      ).toMatchObject({
        authorizerType: "JWT",
        jwtConfiguration: { issuer: "https://login.example.com/", audiences: ["sluice"] },
      });
    },
  );

  it("leads each route to its own function, which only the API may call", () => {
    const uris = ofType("aws:apigatewayv2/integration:Integration").map(({ inputs }) => inputs["integrationUri"]);
    for (const { name } of routes)
      expect(
        uris.filter((uri) => uri === functionArn(PLACE, name)),
        name,
      ).toHaveLength(2);
    const principals = new Set(ofType("aws:lambda/permission:Permission").map(({ inputs }) => inputs["principal"]));
    expect(principals).toEqual(new Set(["apigateway.amazonaws.com", "events.amazonaws.com"]));
    for (const { inputs, name } of ofType("aws:lambda/permission:Permission"))
      expect(inputs["sourceArn"], name).toMatch(/^arn:aws:/);
  });

  it("bounds requests, and logs each", () => {
    const stages = ofType("aws:apigatewayv2/stage:Stage");
    expect(stages).toHaveLength(2);
    for (const { inputs } of stages)
      expect(inputs).toMatchObject({
        defaultRouteSettings: { throttlingRateLimit: 20, throttlingBurstLimit: 40, detailedMetricsEnabled: true },
        accessLogSettings: {
          destinationArn: expect.stringContaining(":log-group:/aws/vendedlogs/apis/"),
          format: expect.stringContaining("requestId"),
        },
      });
  });
});

describe("what invokes functions by time", () => {
  it("is a schedule for each timer of the manifest, with a role of its own and a queue for what failed", () => {
    const timers = [
      ...ofKind("minute-timer").map(({ name }) => ({ name, at: "rate(1 minute)" })),
      ...ofKind("nightly-timer").map(({ name }) => ({ name, at: "cron(15 2 * * ? *)" })),
    ];
    expect(new Set(timers.map(({ at }) => at)).size).toBe(2);
    expect(ofType("aws:scheduler/schedule:Schedule")).toHaveLength(timers.length);
    for (const { name, at } of timers)
      expect(one("aws:scheduler/schedule:Schedule", `${componentName(name)}Schedule`).inputs).toMatchObject({
        scheduleExpression: at,
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: functionArn(PLACE, name),
          roleArn: expect.stringMatching(/:role\/sluice-production-timers$/),
          deadLetterConfig: { arn: expect.stringMatching(/:sluice-production-failed-schedules$/) },
        },
      });
  });

  it("has a group and a role for deadlines, by which exactly the deadline's function can be called", () => {
    expect(one("aws:scheduler/scheduleGroup:ScheduleGroup", "Deadlines").inputs).toMatchObject({
      name: "sluice-production-deadlines",
    });
    const called = ofKind("one-shot-schedule").map(({ name }) => functionArn(PLACE, name));
    expect(called.length).toBeGreaterThan(0);
    expect(policyOf(one("aws:iam/role:Role", "DeadlinesRole"))).toEqual([
      { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: called },
      { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [expect.stringMatching(/failed-schedules$/)] },
    ]);
    const { variables } = below(deployed("steps-cutover").function, "environment");
    expect(variables).toMatchObject({
      SLUICE_SCHEDULE_GROUP: "sluice-production-deadlines",
      SLUICE_SCHEDULER_ROLE_ARN: "arn:aws:iam::123456789012:role/sluice-production-deadlines",
      SLUICE_DEADLINE_FUNCTION_ARN: called[0],
    });
    expect(one("aws:iam/role:Role", "DeadlinesRole").inputs["name"]).toBe("sluice-production-deadlines");
  });
});

const JOURNAL_ENTRIES = { eventName: ["INSERT"], dynamodb: { Keys: { sk: { S: [{ prefix: "EVENT#" }] } } } };

describe("the table's stream and alarms' changes", () => {
  it("reach their functions, in order and with a queue for what failed", () => {
    for (const { name } of ofKind("table-stream"))
      expect(
        one("aws:lambda/eventSourceMapping:EventSourceMapping", `${componentName(name)}Stream`).inputs,
      ).toMatchObject({
        eventSourceArn: expect.stringContaining(":table/sluice-production/stream/"),
        functionName: functionArn(PLACE, name),
        startingPosition: "TRIM_HORIZON",
        functionResponseTypes: ["ReportBatchItemFailures"],
        bisectBatchOnFunctionError: true,
        maximumRetryAttempts: -1,
        maximumRecordAgeInSeconds: 21_600,
        filterCriteria: { filters: [{ pattern: JSON.stringify(JOURNAL_ENTRIES) }] },
        destinationConfig: { onFailure: { destinationArn: expect.stringMatching(/failed-stream$/) } },
      });
    for (const { name } of ofKind("alarm-event")) {
      const component = componentName(name);
      expect(
        JSON.parse(String(one("aws:cloudwatch/eventRule:EventRule", `${component}Rule`).inputs["eventPattern"])),
      ).toEqual({
        source: ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
      });
      expect(one("aws:cloudwatch/eventTarget:EventTarget", `${component}Target`).inputs).toMatchObject({
        arn: functionArn(PLACE, name),
        deadLetterConfig: { arn: expect.stringMatching(/failed-alarm-events$/) },
      });
    }
    expect(ofKind("table-stream").length * ofKind("alarm-event").length).toBeGreaterThan(0);
  });
});

it("a worker that ended by itself or was not well is told of, and one that was stopped by a command is not", () => {
  const rule = one("aws:cloudwatch/eventRule:EventRule", "StoppedWorkersRule");
  expect(JSON.parse(String(rule.inputs["eventPattern"]))).toEqual({
    source: ["aws.ecs"],
    "detail-type": ["ECS Task State Change"],
    detail: {
      clusterArn: [expect.stringMatching(/^arn:aws:ecs:.*sluice-production$/)],
      lastStatus: ["STOPPED"],
      $or: [
        { stopCode: ["EssentialContainerExited", "TaskFailedToStart"] },
        { stoppedReason: [{ prefix: "Task failed container health checks" }] },
      ],
    },
  });
  expect(one("aws:cloudwatch/eventTarget:EventTarget", "StoppedWorkersTarget").inputs).toMatchObject({
    rule: rule.inputs["name"],
    arn: expect.stringMatching(/:sluice-production-stopped-workers$/),
  });
  const queue = one("aws:sqs/queue:Queue", "QueueStoppedWorkers");
  expect(JSON.parse(String(queue.inputs["policy"]))).toMatchObject({
    Statement: [{ Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage" }],
  });
});

describe("the state machines", () => {
  it("are the committed ones with this stage's functions, and may call exactly those", () => {
    const machines = ofType("aws:sfn/stateMachine:StateMachine");
    expect(machines.map(({ inputs }) => String(inputs["name"])).sort()).toEqual([
      "sluice-production-wave",
      "sluice-production-way-back",
    ]);
    for (const { name, inputs } of machines) {
      const called = new Set(
        [...String(inputs["definition"]).matchAll(/"FunctionName": "([^"]+)"/g)].map(([, arn]) => arn),
      );
      expect(called.size, name).toBeGreaterThan(2);
      const known = FUNCTIONS.map((entry) => functionArn(PLACE, entry.name));
      for (const arn of called) expect(known).toContain(arn);
      const [invoke] = policyOf(one("aws:iam/role:Role", `${name}Role`));
      expect(invoke).toMatchObject({ Action: ["lambda:InvokeFunction"] });
      expect(new Set(invoke?.Resource)).toEqual(called);
      expect(inputs).toMatchObject({
        type: "STANDARD",
        loggingConfiguration: { level: "ERROR", includeExecutionData: false },
        tracingConfiguration: { enabled: true },
      });
    }
  });

  it("have a function for each that the manifest says a machine invokes", () => {
    const definitions = ofType("aws:sfn/stateMachine:StateMachine")
      .map(({ inputs }) => String(inputs["definition"]))
      .join();
    for (const { name } of ofKind("state-machine"))
      expect(definitions, name).toContain(`:function:${functionName("production", name)}"`);
  });
});
