import { OperatorFault } from "#core/fault.ts";
import { parseIdentity } from "#core/people/identity.ts";
import { identitySchema } from "#core/people/people.ts";
import * as z from "#core/schema.ts";

const arn = z.string().check(z.regex(/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/, "expected an ARN"));
const names = z.pipe(
  z.pipe(
    z.string(),
    z.transform((list) => list.split(",").filter((name) => name !== "")),
  ),
  z.array(z.string()).check(z.minLength(1, "expected a comma-separated list")),
);

/** A list that may be left out, or be empty. */
const namesIfAny = z.pipe(
  z._default(z.string(), ""),
  z.transform((list) => list.split(",").filter((name) => name !== "")),
);
const iamRole = identitySchema.check(
  z.refine((text) => parseIdentity(text)?.kind === "iam-role", {
    error: "expected the ARN of an IAM role: arn:aws:iam::<account>:role/<name>",
  }),
);

/** Every variable that a function may need. A function parses only those it uses: most need few of them. */
const VARIABLES = {
  SLUICE_TABLE: z.string().check(z.minLength(1)),
  SLUICE_STATE_MACHINE_ARN: arn,
  SLUICE_WAY_BACK_MACHINE_ARN: arn,
  SLUICE_TOPIC_ARN: arn,
  SLUICE_TICK_FUNCTION: z.string().check(z.minLength(1)),
  SLUICE_SNAPSHOT_FUNCTION: z.string().check(z.minLength(1)),
  SLUICE_THAW_FUNCTION: z.string().check(z.minLength(1)),
  SLUICE_ROLL_BACK_FUNCTION: z.string().check(z.minLength(1)),
  SLUICE_PLAN_FUNCTION: z.string().check(z.minLength(1)),
  SLUICE_DEADLINE_FUNCTION_ARN: arn,
  SLUICE_SCHEDULER_ROLE_ARN: arn,
  SLUICE_SCHEDULE_GROUP: z.string().check(z.minLength(1)),
  SLUICE_ECS_CLUSTER: z.string().check(z.minLength(1)),
  SLUICE_WORKER_IMAGE: z.string().check(z.minLength(1)),
  SLUICE_WORKER_SUBNETS: names,
  SLUICE_WORKER_SECURITY_GROUPS: names,
  SLUICE_WORKER_EXECUTION_ROLE_ARN: arn,
  SLUICE_WORKER_TASK_ROLE_ARN: arn,
  SLUICE_WORKER_LOG_GROUP: z.string().check(z.minLength(1)),
  /**
   * Every HTTP function, who may post and change migrations, and read all of them: comma-separated identities, each
   * "jwt:<subject>" or the ARN of an IAM user, role or single sign-on session.
   */
  SLUICE_POSTERS: z.pipe(names, z.array(identitySchema)),
  /** Every HTTP function, who else may read all migrations, written as posters are; nobody where it is left out. */
  SLUICE_READERS: z.pipe(namesIfAny, z.array(identitySchema)),
  /**
   * Every HTTP function, IAM roles (ARNs, comma-separated) whose session names single sign-on gives, each a person of its own.
   * Whoever assumes any other role is one person.
   */
  SLUICE_SSO_ROLES: z.pipe(namesIfAny, z.array(iamRole)),
  AWS_REGION: z.string().check(z.minLength(1)),
} as const;

export type Variable = keyof typeof VARIABLES;

/** A variable, parsed. A missing or wrong one is an `OperatorFault` that names it. */
export const environment = <V extends Variable>(variable: V): z.output<(typeof VARIABLES)[V]> => {
  const value = process.env[variable];
  const parsed = VARIABLES[variable].safeParse(value);
  if (!parsed.success)
    throw new OperatorFault(
      `environment variable ${variable} is ${value === undefined ? "missing" : JSON.stringify(value)}: ${parsed.error.issues.map((i) => i.message).join("; ")}; set it on the function`,
    );
  return parsed.data as z.output<(typeof VARIABLES)[V]>;
};
