import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { describe, expect, it } from "vitest";
import { cloudWatchMentions } from "#adapters/cloudwatch/mentions.ts";
import type { OperatingObjects } from "#core/inventory/operation.ts";

const named = ({ items }: OperatingObjects) => items.map(({ kind, name }) => `${kind}/${name}`);

describe("what CloudWatch watches a cluster with", () => {
  /** moto answers one page and knows no composite alarms: what AWS answers is put in its client's mouth. */
  const answering = (pages: (command: string, page: number) => object) => {
    const client = new CloudWatchClient({
      region: "eu-west-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const asked = new Map<string, number>();
    client.send = async ({ constructor: { name: command } }: object) => {
      const page = asked.get(command) ?? 0;
      asked.set(command, page + 1);
      return { $metadata: {}, ...pages(command, page) };
    };
    return { client, asked };
  };
  const alarm = (name: string, cluster: string) => ({
    AlarmName: name,
    Namespace: "AWS/Kafka",
    Dimensions: [{ Name: "Cluster Name", Value: cluster }],
  });

  it("is on every page, and in composite alarms that join those found", async () => {
    const { client } = answering((command, page) => {
      if (command !== "DescribeAlarmsCommand") return { DashboardEntries: [] };
      return page === 0
        ? { MetricAlarms: [alarm("one", "shop"), alarm("else", "moon")], NextToken: "t" }
        : {
            MetricAlarms: [alarm("two", "shop")],
            CompositeAlarms: [
              { AlarmName: "all", AlarmRule: 'ALARM("two") OR ALARM("x")', ActionsEnabled: false },
              { AlarmName: "no", AlarmRule: "ALARM(else)" },
            ],
          };
    });
    const found = await cloudWatchMentions(client, ["shop"]);
    expect(named(found)).toEqual(["alarm/one", "alarm/two", "alarm/all"]);
    expect(found.items[2]?.facts).toEqual({ rule: 'ALARM("two") OR ALARM("x")', actions: "switched off" });
    expect(found.gaps).toEqual([]);
  });

  it("is not looked for without end: beyond the bounds a gap says how far it was looked", async () => {
    const { client, asked } = answering((command, page) => {
      if (command === "DescribeAlarmsCommand") return { MetricAlarms: [alarm(`a${page}`, "shop")], NextToken: "more" };
      if (command === "ListDashboardsCommand")
        return { DashboardEntries: [{ DashboardName: `d${page}` }], NextToken: "more" };
      return { DashboardBody: '{"widgets":[{"x":"shop"}]}' };
    });
    const found = await cloudWatchMentions(client, ["shop"], { alarms: 3, dashboards: 2 });
    expect(named(found)).toEqual(["alarm/a0", "alarm/a1", "alarm/a2", "dashboard/d0", "dashboard/d1"]);
    expect(found.gaps.map(({ unknown }) => unknown.why)).toEqual([
      "only the first 3 alarms of the account were looked at",
      "only the first 2 dashboards of the account were looked at",
    ]);
    expect(asked.get("GetDashboardCommand")).toBe(2);
  });
});
