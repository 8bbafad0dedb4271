/** What differs between stages and cannot be derived: read from `stacks/stages/<stage>.json`. */
import { z } from "zod";
import { identitySchema } from "#core/people/people.ts";

const id = (kind: string) =>
  z.string().regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `expected an id such as ${kind}-0123456789abcdef0`);
const port = z.int().min(1).max(65_535);
const secretName = z
  .string()
  .regex(/^[\w/+=.@-]+\*?$/, 'expected the name of a secret, or the beginning of names and "*"')
  .refine((name) => name !== "*", "every secret of the account is too much");
const parameter = z
  .string()
  .regex(/^\/[\w./-]+(\/\*)?$/, 'expected a parameter such as /orders/kafka/cluster, or a path and "/*"');

export const settingsSchema = z.strictObject({
  vpc: z
    .strictObject({
      id: id("vpc"),
      /** Where functions that reach Kafka and the workers live. */
      privateSubnets: z.array(id("subnet")).min(2, "expected two subnets, of two zones"),
      /** Through a NAT gateway or endpoints that are there already. Otherwise the stage brings endpoints of its own. */
      reachesAws: z.boolean(),
    })
    .describe("An existing VPC, from which both clusters can be reached"),
  /** Where brokers, Schema Registry and foreign Connect workers are, and on which ports: nothing else can be reached. */
  kafka: z.strictObject({
    cidrs: z.array(z.cidrv4()).min(1),
    ports: z.array(port).min(1),
  }),
  /** Security groups of what reads the workers' metrics (Prometheus, the CloudWatch agent). */
  metricsReaders: z.array(id("sg")).default([]),
  /** MSK clusters that migration files may name by ARN, and IAM roles that Sluice and its mirrors may take there. */
  msk: z
    .strictObject({
      clusters: z
        .array(z.string().regex(/^arn:aws[\w-]*:kafka:[^:*]+:\d{12}:cluster\/.+$/, "expected a cluster's ARN"))
        .default([]),
      roles: z.array(z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[^*]+$/, "expected a role's ARN")).default([]),
    })
    .prefault({}),
  /** Secrets that migration files may name. */
  secrets: z.array(secretName).default([]),
  /** Keys of your own with which those secrets are encrypted. */
  secretKeys: z.array(z.string().regex(/^arn:aws:kms:/, "expected a key's ARN")).default([]),
  /** SSM parameters by which clients are switched. */
  switches: z.array(parameter).default([]),
  /** People sign in with tokens of this issuer. Without it the API takes requests signed with IAM credentials only. */
  signIn: z
    .strictObject({ issuer: z.url({ protocol: /^https$/ }), audiences: z.array(z.string().min(1)).min(1) })
    .optional(),
  /** Who may post and change migrations: ARNs of IAM users or roles, or `jwt:` and a token's subject. */
  posters: z.array(identitySchema).min(1),
  /** Who else may read every migration, written alike. */
  readers: z.array(identitySchema).default([]),
  /** IAM roles whose session names come from single sign-on, so that each session name is a person. */
  ssoRoles: z.array(z.string().regex(/^arn:aws:iam::\d{12}:role\/.+$/, "expected a role's ARN")).default([]),
  throttle: z
    .strictObject({ requestsPerSecond: z.int().min(1), burst: z.int().min(1) })
    .prefault({ requestsPerSecond: 20, burst: 40 }),
  logDays: z.literal([7, 14, 30, 60, 90, 180, 365]).default(30),
  /**
   * Keeps capacity free for the hands of a freeze's deadline and bounds the ticks. AWS wants 100 left for the rest of the
   * account: off for an account with its first quota.
   */
  reservesConcurrency: z.boolean().default(true),
  /** Told of each alarm beside the topic: CloudWatch mails it. */
  operatorEmail: z.email().optional(),
});

export type Settings = z.output<typeof settingsSchema>;

/** Faults: an Error that names each field that is missing or wrong, and the file. */
export function parseSettings(file: string, text: string): Settings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const parsed = settingsSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Error(
    `${file}:\n${z.prettifyError(parsed.error)}\nstacks/settings.ts says what each is; stacks/stages/example.json is a whole one`,
  );
}
