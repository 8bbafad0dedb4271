import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchClient,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
  type StateValue,
} from "@aws-sdk/client-cloudwatch";
import { startMoto } from "#local/processes/start-moto.ts";

/** A moto of its own, and its alarms. */
export async function motoAlarms() {
  const directory = await mkdtemp(join(tmpdir(), "sluice-alarms-"));
  const moto = await startMoto({ name: "moto-estate", directory, region: "eu-west-1" });
  const client = alarmClient(moto.url);
  return {
    url: moto.url,
    client,
    ...alarmSetter(client),
    async stop() {
      client.destroy();
      await moto.process.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export const alarmClient = (endpoint: string): CloudWatchClient =>
  new CloudWatchClient({
    region: "eu-west-1",
    endpoint,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });

export const alarmSetter = (client: CloudWatchClient) => ({
  put: async (AlarmName: string): Promise<void> => {
    await client.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: "shop",
        MetricName: "errors",
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanThreshold",
      }),
    );
  },
  turn: async (AlarmName: string, StateValue: StateValue, StateReason: string): Promise<void> => {
    await client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason }));
  },
});
