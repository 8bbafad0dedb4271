import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { z } from "zod";
import { startMoto } from "#local/processes/start-moto.ts";
import { startLocalTable } from "../adapters/dynamodb/local-table.ts";

export const REGION = "eu-west-1";

export type LocalWire = {
  /** "wave sequence" of each journal entry that reached SNS, in order. */
  announced(): Promise<string[]>;
  readonly directory: string;
  readonly motoUrl: string;
  readonly table: Awaited<ReturnType<typeof startLocalTable>>;
  stop(): Promise<void>;
};

const stateSchema = z.object({
  sns: z.object({ Topic: z.array(z.object({ sent_notifications: z.array(z.array(z.unknown())) })) }),
});
const messageSchema = z.object({ wave: z.string(), sequence: z.number() });

/**
 * A real table and a real topic, and this process's environment pointing at them: handlers imported after this run as they
 * are. One per test file, since handlers keep their clients.
 */
export const startLocalWire = async (): Promise<LocalWire> => {
  const directory = await mkdtemp(join(tmpdir(), "sluice-wire-"));
  const table = await startLocalTable();
  const moto = await startMoto({ name: "moto-control", directory, region: REGION }).catch(async (error: unknown) => {
    await table.stop();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await Promise.all([table.stop(), moto.process.stop()]);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    Object.assign(process.env, {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL: moto.url,
      AWS_ENDPOINT_URL_DYNAMODB: table.url,
      SLUICE_TABLE: table.tableName,
    });
    const sns = new SNSClient({});
    process.env["SLUICE_TOPIC_ARN"] = (await sns.send(new CreateTopicCommand({ Name: "waves" }))).TopicArn;
    sns.destroy();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    directory,
    motoUrl: moto.url,
    table,
    stop,
    async announced() {
      const state = stateSchema.parse(await (await fetch(`${moto.url}/moto-api/data.json`)).json());
      return state.sns.Topic.flatMap((topic) => topic.sent_notifications).map((notification) => {
        const { wave, sequence } = messageSchema.parse(JSON.parse(String(notification[1])));
        return `${wave} ${sequence}`;
      });
    },
  };
};
