import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { callAws } from "#adapters/aws/call-aws.ts";
import { OperatorFault } from "#core/fault.ts";
import { canonicalJson } from "#core/journal/canonical-json.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import type { Announcer } from "#use-cases/ports/engine.ts";

/**
 * Journal entries to an SNS topic: the entry as JSON, with the attributes migration, wave, event and sequence, by which
 * subscribers filter, order and drop repeats. Faults: an `OperatorFault` for a topic that does not exist, else a `RetryableFault`.
 */
export const snsAnnouncer = ({
  client,
  topicArn,
}: {
  readonly client: SNSClient;
  readonly topicArn: string;
}): Announcer => ({
  async announce(entry) {
    try {
      await callAws(`announcing entry ${entry.sequence} of wave ${entry.wave}`, () =>
        client.send(
          new PublishCommand({
            TopicArn: topicArn,
            Subject: subjectOf(entry),
            Message: canonicalJson(entry),
            MessageAttributes: {
              migration: { DataType: "String", StringValue: entry.migration },
              wave: { DataType: "String", StringValue: entry.wave },
              event: { DataType: "String", StringValue: entry.event },
              sequence: { DataType: "Number", StringValue: String(entry.sequence) },
            },
          }),
        ),
      );
    } catch (error) {
      if (error instanceof Error && error.name.startsWith("NotFound"))
        throw new OperatorFault(
          `SNS topic ${topicArn} does not exist; expected the one of this deployment: deploy it, or correct SLUICE_TOPIC_ARN`,
          { cause: error },
        );
      throw error;
    }
  },
});

/** SNS refuses subjects over 100 characters. */
const subjectOf = ({ migration, wave, event }: JournalEntry): string =>
  `${event}: ${wave} of ${migration}`.slice(0, 100);
