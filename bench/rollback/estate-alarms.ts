import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { LOCAL_CREDENTIALS } from "#local/home/control-environment.ts";
import { DEFAULT_REGION } from "#local/home/local-account.ts";

export type EstateAlarms = {
  /** An alarm that is OK. */
  readonly put: (name: string) => Promise<void>;
  /** To ALARM, whatever its metric says; the moment of the call, in ms since the epoch. */
  readonly ring: (name: string) => Promise<number>;
  readonly close: () => void;
};

/** CloudWatch alarms of the estate; its moto never judges a metric, so that a state stands until it is set again. */
export const estateAlarms = (endpoint: string): EstateAlarms => {
  const client = new CloudWatchClient({ endpoint, region: DEFAULT_REGION, credentials: LOCAL_CREDENTIALS });
  const turn = async (AlarmName: string, StateValue: "OK" | "ALARM", StateReason: string): Promise<void> => {
    await client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason }));
  };
  return {
    put: async (AlarmName) => {
      await client.send(
        new PutMetricAlarmCommand({
          AlarmName,
          Namespace: "bench",
          MetricName: "errors",
          Statistic: "Sum",
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: "GreaterThanThreshold",
        }),
      );
      await turn(AlarmName, "OK", "nothing has happened yet");
    },
    ring: async (name) => {
      const at = Date.now();
      await turn(name, "ALARM", "12 errors in a minute");
      return at;
    },
    close: () => client.destroy(),
  };
};
