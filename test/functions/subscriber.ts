import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { z } from "zod";
import { type JournalEntry, journalEntrySchema } from "#core/journal/entry.ts";
import { REGION } from "./local-wire.ts";

/** One notification as it came: the entry, and the marks by which a repeat is known. */
export type Notification = { readonly entry: JournalEntry; readonly mark: string };
export type Subscriber = {
  /** All that has come so far, in order. */
  received(): Promise<readonly Notification[]>;
  /** Takes some of what has come and dies before it is done with it, so that it comes again; answers what it had taken. */
  diesReceiving(): Promise<readonly Notification[]>;
};

const createdSchema = z.object({ QueueUrl: z.string() });
const receivedSchema = z.object({
  Messages: z.array(z.object({ Body: z.string(), ReceiptHandle: z.string() })).optional(),
});
const attribute = z.object({ Value: z.string() });
const bodySchema = z.object({
  Message: z.string(),
  MessageAttributes: z.object({ migration: attribute, wave: attribute, sequence: attribute }),
});

/** A queue of its own, subscribed to the topic, as everybody's who listens. */
export const subscribe = async (motoUrl: string, topicArn: string, name: string): Promise<Subscriber> => {
  const sqs = async <T>(operation: string, schema: z.ZodType<T>, input: object): Promise<T> => {
    const response = await fetch(motoUrl, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `AmazonSQS.${operation}`,
        authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${REGION}/sqs/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(input),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`SQS ${operation}: ${response.status} ${text}`);
    return schema.parse(text === "" ? {} : JSON.parse(text));
  };
  const { QueueUrl } = await sqs("CreateQueue", createdSchema, { QueueName: name });
  const sns = new SNSClient({ endpoint: motoUrl });
  const Endpoint = `arn:aws:sqs:${REGION}:123456789012:${name}`;
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: "sqs", Endpoint }));
  sns.destroy();
  const all: Notification[] = [];
  const read = (body: string): Notification => {
    const { Message, MessageAttributes: marks } = bodySchema.parse(JSON.parse(body));
    const mark = [marks.migration, marks.wave, marks.sequence].map(({ Value }) => Value).join(" ");
    return { entry: journalEntrySchema.parse(JSON.parse(Message)), mark };
  };
  return {
    async received() {
      for (;;) {
        const { Messages = [] } = await sqs("ReceiveMessage", receivedSchema, { QueueUrl, MaxNumberOfMessages: 10 });
        if (Messages.length === 0) return all;
        for (const { Body, ReceiptHandle } of Messages) {
          all.push(read(Body));
          await sqs("DeleteMessage", z.unknown(), { QueueUrl, ReceiptHandle });
        }
      }
    },
    async diesReceiving() {
      const taken = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
      const { Messages = [] } = await sqs("ReceiveMessage", receivedSchema, taken);
      return Messages.map(({ Body }) => read(Body));
    },
  };
};
