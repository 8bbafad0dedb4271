import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { snsAnnouncer } from "#adapters/sns/announcer.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import { type Moto, startMoto } from "#local/processes/start-moto.ts";

const entry: JournalEntry = {
  migration: "shop",
  wave: "payments",
  sequence: 12,
  event: "WaveFrozen",
  at: 1_800_000_000_000,
  by: "sluice",
  attempt: 1,
  run: 3,
  phase: "frozen",
  details: { freeze: "f1", ends: { "payments/0": "9007199254740993" } },
  previousHash: "a",
  hash: "b",
};

let directory: string;
let moto: Moto | undefined;
let sns: SNSClient;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-sns-"));
  moto = await startMoto({ name: "moto-control", directory, region: "eu-west-1" });
  sns = new SNSClient({
    region: "eu-west-1",
    endpoint: moto.url,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
});
afterAll(async () => {
  sns?.destroy();
  await moto?.process.stop();
  await rm(directory, { recursive: true, force: true });
});

/** What moto was asked to publish to its topics: message, subject and attributes, by its own interface for tests. */
const notificationSchema = z.tuple([z.string(), z.string(), z.string(), z.unknown()], z.unknown());
const stateSchema = z.object({
  sns: z.object({ Topic: z.array(z.object({ sent_notifications: z.array(notificationSchema) })) }),
});
const published = async () => {
  const state = await fetch(`${moto?.url}/moto-api/data.json`);
  return stateSchema.parse(await state.json()).sns.Topic.flatMap((topic) => topic.sent_notifications);
};

describe("announcing to SNS", () => {
  it("publishes a journal entry to a topic that exists", async () => {
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "waves" }));
    await snsAnnouncer({ client: sns, topicArn: TopicArn ?? "" }).announce(entry);
    const [notification, ...others] = await published();
    expect(others).toEqual([]);
    const [, message, subject, attributes] = notification ?? [];
    expect(JSON.parse(message ?? "")).toEqual(entry);
    expect(subject).toBe("WaveFrozen: payments of shop");
    expect(attributes).toEqual({
      migration: { Type: "String", Value: "shop" },
      wave: { Type: "String", Value: "payments" },
      event: { Type: "String", Value: "WaveFrozen" },
      sequence: { Type: "Number", Value: "12" },
    });
  });

  it("cuts a subject that SNS would refuse for its length", async () => {
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "waves" }));
    const long = { ...entry, migration: "m".repeat(40), wave: "w".repeat(40), event: "E".repeat(40) };
    await snsAnnouncer({ client: sns, topicArn: TopicArn ?? "" }).announce(long);
    expect((await published()).at(-1)?.[2]).toHaveLength(100);
  });

  it("names a topic that does not exist", async () => {
    const topicArn = "arn:aws:sns:eu-west-1:123456789012:not-deployed";
    await expect(snsAnnouncer({ client: sns, topicArn }).announce(entry)).rejects.toMatchObject({
      name: "OperatorFault",
      message: expect.stringContaining("not-deployed"),
    });
  });
});
