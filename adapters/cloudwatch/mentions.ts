import {
  type CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  ListDashboardsCommand,
  type MetricAlarm,
} from "@aws-sdk/client-cloudwatch";
import { askAws } from "#adapters/aws/ask-aws.ts";
import { clusterNames } from "#core/inventory/cluster-names.ts";
import { type Facts, factsOf } from "#core/inventory/facts.ts";
import { isMentioned } from "#core/inventory/mention.ts";
import type { OperatingObject, OperatingObjects } from "#core/inventory/operation.ts";
import { isUnknown, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import type { OperationsReader } from "#use-cases/ports/operations-reader.ts";

const source = "CloudWatch";
const ALARMS_BY_PAGE = 100;
/** GetDashboard is answered some ten times in a second. */
const DASHBOARDS_AT_ONCE = 2;

/** An account may have tens of thousands of either, and CloudWatch answers a few requests in a second. */
export const CLOUDWATCH_BOUNDS = { alarms: 5_000, dashboards: 300 } as const;

/** Of an MSK cluster in its region, of another in this function's own. */
export const cloudWatchOperations = (o: {
  readonly clientIn: (region: string | undefined) => CloudWatchClient;
}): OperationsReader => ({
  read: (cluster) => cloudWatchMentions(o.clientIn(cluster.msk?.arn.split(":")[3]), clusterNames(cluster)),
});

/** Alarms and dashboards of the client's account and region that mention a cluster by one of its names. */
export async function cloudWatchMentions(
  client: CloudWatchClient,
  names: readonly string[],
  bounds: { readonly alarms: number; readonly dashboards: number } = CLOUDWATCH_BOUNDS,
): Promise<OperatingObjects> {
  const [alarms, dashboards] = await Promise.all([
    alarmsThatMention(client, names, bounds.alarms),
    dashboardsThatMention(client, names, bounds.dashboards),
  ]);
  return { items: [...alarms.items, ...dashboards.items], gaps: [...alarms.gaps, ...dashboards.gaps] };
}

async function alarmsThatMention(
  client: CloudWatchClient,
  names: readonly string[],
  most: number,
): Promise<OperatingObjects> {
  const metric: MetricAlarm[] = [];
  const composite: CompositeAlarm[] = [];
  const gaps: Unknown[] = [];
  let next: string | undefined;
  do {
    const page = await askAws(
      { source, doing: "listing the alarms of CloudWatch", action: "cloudwatch:DescribeAlarms", on: "*" },
      () =>
        client.send(
          new DescribeAlarmsCommand({
            // Without types it answers metric alarms only.
            AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
            MaxRecords: ALARMS_BY_PAGE,
            ...(next === undefined ? {} : { NextToken: next }),
          }),
        ),
    );
    if (isUnknown(page)) {
      gaps.push(page);
      break;
    }
    metric.push(...(page.MetricAlarms ?? []));
    composite.push(...(page.CompositeAlarms ?? []));
    next = page.NextToken === "" ? undefined : page.NextToken;
  } while (next !== undefined && metric.length + composite.length < most);
  if (next !== undefined && gaps.length === 0)
    gaps.push(beyond("alarms", metric.length + composite.length, "an alarm"));
  const found = metric.filter((alarm) => isMentioned(names, textOf(alarm)));
  const alarmNames = found.flatMap(({ AlarmName }) => AlarmName ?? []);
  return {
    items: [
      ...found.map((alarm) => alarmObject(alarm.AlarmName, metricFacts(alarm))),
      // A rule names the alarms that it joins.
      ...composite
        .filter(({ AlarmRule = "" }) => isMentioned([...names, ...alarmNames], AlarmRule))
        .map((alarm) => alarmObject(alarm.AlarmName, compositeFacts(alarm))),
    ],
    gaps,
  };
}

const alarmObject = (name: string | undefined, facts: Facts): OperatingObject => ({
  kind: "alarm",
  name: name ?? "",
  source,
  facts,
});

/** Where an alarm can name a cluster: dimensions and expressions. What people wrote beside it is no measurement of it. */
const textOf = ({ Dimensions, Metrics }: MetricAlarm): string =>
  JSON.stringify([
    Dimensions,
    Metrics?.map(({ Expression, MetricStat }) => [Expression, MetricStat?.Metric?.Dimensions]),
  ]);

/** Not its state: that changes by itself, and would be drift each night. */
const metricFacts = (alarm: MetricAlarm): Facts =>
  factsOf({
    metric: alarm.MetricName === undefined ? undefined : `${alarm.Namespace} ${alarm.MetricName}`,
    dimensions: alarm.Dimensions?.map(({ Name, Value }) => `${Name}=${Value}`),
    expressions: alarm.Metrics?.map(
      ({ Expression, MetricStat }) =>
        Expression ?? `${MetricStat?.Metric?.Namespace} ${MetricStat?.Metric?.MetricName}`,
    ),
    rule:
      alarm.Threshold === undefined
        ? undefined
        : `${alarm.Statistic ?? alarm.ExtendedStatistic ?? ""} ${alarm.ComparisonOperator} ${alarm.Threshold}`.trim(),
    periodSeconds: alarm.Period,
    datapoints: `${alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods} of ${alarm.EvaluationPeriods}`,
    missingData: alarm.TreatMissingData,
    ...actionFacts(alarm),
  });

const compositeFacts = (alarm: CompositeAlarm): Facts => factsOf({ rule: alarm.AlarmRule, ...actionFacts(alarm) });

const actionFacts = ({ ActionsEnabled, AlarmActions }: MetricAlarm | CompositeAlarm) => ({
  actions: ActionsEnabled === false ? "switched off" : AlarmActions?.length ? AlarmActions : "none",
});

async function dashboardsThatMention(
  client: CloudWatchClient,
  names: readonly string[],
  most: number,
): Promise<OperatingObjects> {
  const listed: string[] = [];
  const gaps: Unknown[] = [];
  let next: string | undefined;
  do {
    const page = await askAws(
      { source, doing: "listing the dashboards of CloudWatch", action: "cloudwatch:ListDashboards", on: "*" },
      () => client.send(new ListDashboardsCommand(next === undefined ? {} : { NextToken: next })),
    );
    if (isUnknown(page)) return { items: [], gaps: [page] };
    listed.push(...(page.DashboardEntries ?? []).flatMap(({ DashboardName }) => DashboardName ?? []));
    next = page.NextToken === "" ? undefined : page.NextToken;
  } while (next !== undefined && listed.length <= most);
  const looked = listed.slice(0, most);
  if (next !== undefined || looked.length < listed.length)
    gaps.push(beyond("dashboards", looked.length, "a dashboard"));
  const items: OperatingObject[] = [];
  for (let from = 0; from < looked.length; from += DASHBOARDS_AT_ONCE) {
    const read = looked.slice(from, from + DASHBOARDS_AT_ONCE).map((name) => dashboardIn(client, name, names));
    const silent = new Map<string, Unknown>();
    for (const found of await Promise.all(read))
      if (isUnknown(found)) silent.set(found.unknown.why, found);
      else items.push(...found);
    // One refusal is one of all: the right is the same.
    if (silent.size > 0) return { items, gaps: [...gaps, ...silent.values()] };
  }
  return { items, gaps };
}

/** Of one that mentions none of the names: nothing. */
async function dashboardIn(
  client: CloudWatchClient,
  name: string,
  names: readonly string[],
): Promise<OrUnknown<readonly OperatingObject[]>> {
  const answer = await askAws(
    {
      source,
      doing: "reading dashboards of CloudWatch",
      action: "cloudwatch:GetDashboard",
      on: "arn:aws:cloudwatch::*:dashboard/*",
    },
    () => client.send(new GetDashboardCommand({ DashboardName: name })),
  );
  if (isUnknown(answer)) return answer;
  const { DashboardBody: body = "" } = answer;
  return isMentioned(names, body)
    ? [{ kind: "dashboard", name, source, facts: factsOf({ widgets: widgetsIn(body) }) }]
    : [];
}

const beyond = (what: string, looked: number, one: string): Unknown =>
  unknown(
    source,
    `only the first ${looked} ${what} of the account were looked at`,
    `name ${one} that matters in estate.operations of the migration file`,
  );

const widgetsIn = (body: string): number | undefined => {
  try {
    const parsed = JSON.parse(body) as { readonly widgets?: unknown };
    return Array.isArray(parsed.widgets) ? parsed.widgets.length : undefined;
  } catch {
    return undefined;
  }
};
