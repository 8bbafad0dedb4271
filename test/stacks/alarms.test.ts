import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FUNCTIONS } from "#functions/manifest.ts";
import { WAVE_METRICS } from "#functions/metrics.ts";
import { functionName } from "../../stacks/names.ts";
import { QUEUES } from "../../stacks/queue-list.ts";
import { below, ofType, production, trial } from "./graph.ts";

const alarms = ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
const watching = (dimension: string, value: string, metric: string) =>
  alarms.filter((alarm) => below(alarm, "dimensions")[dimension] === value && alarm.inputs["metricName"] === metric);

/** Headings of the third rank below `## Alarms`, with what stands below each. */
const sections = (() => {
  const text = readFileSync(new URL("../../docs/runbooks.md", import.meta.url), "utf8");
  const below = /^## Alarms$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(text)?.[1];
  if (below === undefined) throw new Error("docs/runbooks.md has no heading ## Alarms");
  return new Map(
    below
      .split(/^### /m)
      .slice(1)
      .map((part) => {
        const [heading = "", ...lines] = part.split("\n");
        return [heading.trim(), lines.join("\n").trim()] as const;
      }),
  );
})();

describe("every alarm", () => {
  it.each([production, trial])("has an owner, a section of the runbook that exists, and tells somebody", (graph) => {
    const made = ofType("aws:cloudwatch/metricAlarm:MetricAlarm", graph);
    expect(made.length).toBeGreaterThan(50);
    for (const alarm of made) {
      const { name, inputs } = alarm;
      const [, owner, section = ""] =
        /^Owner: (.+)\. What to do: docs\/runbooks\.md#(.+)$/.exec(String(inputs["alarmDescription"])) ?? [];
      expect(["platform team", "streaming operations"], name).toContain(owner);
      expect(inputs["tags"], name).toMatchObject({ "sluice:owner": owner });
      expect([...sections.keys()], name).toContain(section);
      expect(inputs["alarmActions"], name).toEqual([expect.stringMatching(/:sluice-(production|trial)-alarms$/)]);
      expect(Object.values(below(alarm, "dimensions")), name).not.toContain("");
    }
  });

  it("section says what it means, how to look and what to do, and belongs to an alarm", () => {
    const used = new Set(alarms.map(({ inputs }) => String(inputs["alarmDescription"]).split("#")[1]));
    expect([...sections.keys()].filter((heading) => !used.has(heading))).toEqual([]);
    for (const [heading, text] of sections)
      for (const part of ["**Means:**", "**Look:**", "**Do:**"]) expect(text, heading).toContain(part);
  });
});

describe("what can go wrong unseen", () => {
  it("has an alarm: errors and throttles of every function", () => {
    for (const { name } of FUNCTIONS)
      for (const metric of ["Errors", "Throttles"])
        expect(watching("FunctionName", functionName("production", name), metric), `${name} ${metric}`).toHaveLength(1);
  });

  it("wakes somebody at the first error of what a person waits for", () => {
    const first = FUNCTIONS.filter(({ name }) =>
      watching("FunctionName", functionName("production", name), "Errors").some(
        ({ inputs }) => inputs["threshold"] === 1,
      ),
    ).map(({ name }) => name);
    expect(first).toEqual(FUNCTIONS.map(({ name }) => name).filter((name) => /^(http|commands)-/.test(name)));
    expect(first).toContain("commands-thaw-wave");
  });

  it("has an alarm: the depth of every queue, the age of the stream, dropped and missing calls of schedules", () => {
    expect(
      ofType("aws:sqs/queue:Queue")
        .map(({ inputs }) => String(inputs["name"]))
        .sort(),
    ).toEqual(QUEUES.map(({ name }) => `sluice-production-${name}`).sort());
    for (const { name } of QUEUES)
      expect(watching("QueueName", `sluice-production-${name}`, "ApproximateNumberOfMessagesVisible")).toHaveLength(1);
    for (const { name } of FUNCTIONS.filter(({ invokedBy }) => invokedBy.kind === "table-stream"))
      expect(watching("FunctionName", functionName("production", name), "IteratorAge")).toHaveLength(1);
    for (const { inputs } of ofType("aws:scheduler/scheduleGroup:ScheduleGroup"))
      expect(watching("ScheduleGroup", String(inputs["name"]), "InvocationDroppedCount")).toHaveLength(1);
    for (const { name } of FUNCTIONS.filter(({ invokedBy }) => invokedBy.kind === "minute-timer"))
      expect(watching("FunctionName", functionName("production", name), "Invocations")[0]?.inputs).toMatchObject({
        treatMissingData: "breaching",
        comparisonOperator: "LessThanThreshold",
      });
  });

  it("has an alarm: ended executions of every machine, errors of every API, throttles of the table", () => {
    for (const { inputs } of ofType("aws:sfn/stateMachine:StateMachine")) {
      const arn = `arn:aws:states:eu-west-1:123456789012:stateMachine:${String(inputs["name"])}`;
      for (const metric of ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"])
        expect(watching("StateMachineArn", arn, metric)).toHaveLength(1);
    }
    for (const { name } of ofType("aws:apigatewayv2/api:Api"))
      expect(watching("ApiId", `${name}-id`, "5xx")).toHaveLength(1);
    expect(watching("TableName", "sluice-production", "ThrottledRequests")).toHaveLength(1);
  });
});

it("the dashboard shows what the alarms watch", () => {
  const [dashboard] = ofType("aws:cloudwatch/dashboard:Dashboard");
  const { widgets } = JSON.parse(String(dashboard?.inputs["dashboardBody"])) as {
    readonly widgets: readonly { readonly properties: { readonly metrics: readonly (readonly string[])[] } }[];
  };
  const shown = new Set(widgets.flatMap(({ properties }) => properties.metrics.map((metric) => metric[1])));
  const ofWaves = [...shown].filter((metric) => metric !== undefined && metric in WAVE_METRICS);
  expect(ofWaves).toHaveLength(4);
  for (const { inputs } of alarms.filter((alarm) => alarm.inputs["namespace"] === "Sluice"))
    expect(Object.keys(WAVE_METRICS)).toContain(inputs["metricName"]);
  for (const metric of [
    "Errors",
    "Throttles",
    "IteratorAge",
    "ApproximateNumberOfMessagesVisible",
    "ExecutionsFailed",
    "ThrottledRequests",
  ])
    expect(shown).toContain(metric);
});
