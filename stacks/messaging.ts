import { prefixOf, queueArn, topicArn } from "./names.ts";
import { QUEUES, type QueueName } from "./queue-list.ts";
import type { Stage } from "./read-stage.ts";
import type { Storage } from "./storage.ts";

export type Messaging = ReturnType<typeof messaging>;

const TWO_WEEKS_SECONDS = 1_209_600;

/**
 * Queues and functions get what they missed for weeks; an HTTPS endpoint that is down would lose it after a minute. SNS takes no
 * policy that tries for more than an hour in all. Delays in seconds.
 */
const ENDPOINT_RETRIES = {
  minDelayTarget: 5,
  maxDelayTarget: 60,
  numRetries: 55,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  numMaxDelayRetries: 45,
  backoffFunction: "exponential",
} as const;

/** The topic of every transition, the topic of alarms, and the queues of what failed for good. */
export function messaging({ place, prefix, settings }: Stage, { key }: Storage) {
  const ofAccount = { StringEquals: { "aws:SourceAccount": place.account } };
  const topic = new aws.sns.Topic("Transitions", {
    name: `${prefix}-transitions`,
    kmsMasterKeyId: key.arn,
    deliveryPolicy: JSON.stringify({ http: { defaultHealthyRetryPolicy: ENDPOINT_RETRIES } }),
    policy: document([
      {
        Sid: "OnlyThisAccountSubscribesAndOnlyByTls",
        Effect: "Deny",
        Principal: "*",
        Action: ["sns:Publish", "sns:Subscribe"],
        Resource: topicArn(place),
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
      {
        Sid: "TheAccountsOwnPolicies",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${place.account}:root` },
        Action: ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"],
        Resource: topicArn(place),
      },
    ]),
  });
  const alarmsArn = topicArn(place).replace(/transitions$/, "alarms");
  const alarmsTopic = new aws.sns.Topic("AlarmsTopic", {
    name: `${prefix}-alarms`,
    policy: document([
      {
        Sid: "AlarmsOfThisAccount",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: alarmsArn,
        Condition: ofAccount,
      },
    ]),
  });
  if (settings.operatorEmail !== undefined)
    new aws.sns.TopicSubscription("AlarmsByMail", {
      topic: alarmsTopic.arn,
      protocol: "email",
      endpoint: settings.operatorEmail,
    });

  const queues = Object.fromEntries(
    QUEUES.map(({ name, filledBy }) => [
      name,
      new aws.sqs.Queue(
        `Queue${name.replaceAll(/(^|-)([a-z])/g, (_all, _dash, letter: string) => letter.toUpperCase())}`,
        {
          name: `${prefixOf(place.stage)}-${name}`,
          messageRetentionSeconds: TWO_WEEKS_SECONDS,
          sqsManagedSseEnabled: true,
          // EventBridge puts events there as itself; functions and Scheduler do by their roles.
          ...(filledBy === "rules" && {
            policy: document([
              {
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sqs:SendMessage",
                Resource: queueArn(place, name),
                Condition: {
                  ArnLike: { "aws:SourceArn": `arn:aws:events:${place.region}:${place.account}:rule/${prefix}-*` },
                },
              },
            ]),
          }),
        },
      ),
    ]),
  ) as Record<QueueName, aws.sqs.Queue>;
  return { topic, alarmsTopic, queues };
}

const document = (Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
