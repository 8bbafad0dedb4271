import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { DEFAULT_REGION } from "../home/local-account.ts";

/** An alarm of the applications, in the estate's own account; a person's hand turns it here, as a metric would. */
export const estateAlarm = (endpoint: string, AlarmName: string) => {
  const client = new CloudWatchClient({
    endpoint,
    region: DEFAULT_REGION,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const turn = async (StateValue: "OK" | "ALARM", StateReason: string): Promise<void> => {
    await client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason }));
  };
  return {
    async create(): Promise<void> {
      await client.send(
        new PutMetricAlarmCommand({
          AlarmName,
          Namespace: "Demo",
          MetricName: "Errors",
          Statistic: "Sum",
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 5,
          ComparisonOperator: "GreaterThanThreshold",
        }),
      );
      await turn("OK", "no errors yet");
    },
    turn,
    end: (): void => client.destroy(),
  };
};
