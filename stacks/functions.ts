import { execFileSync } from "node:child_process";
import { delimiter, join } from "node:path";
import type { Variable } from "#functions/environment.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import { memoryMegabytes, oldestEventSeconds, reservedConcurrency } from "./limits.ts";
import type { Messaging } from "./messaging.ts";
import * as names from "./names.ts";
import { variablesOf } from "./needs.ts";
import type { Network } from "./network.ts";
import type { Stage } from "./read-stage.ts";
import { isInVpc, policyDocument, statementsOf } from "./rights.ts";
import type { Storage } from "./storage.ts";
import type { Workers } from "./workers.ts";

export type Functions = ReturnType<typeof functions>;
type With = { readonly net: Network; readonly store: Storage; readonly queues: Messaging; readonly home: Workers };

const LAMBDA_ONLY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** Every function of the manifest, with a role of its own that may do what stacks/needs.ts says. */
export function functions(stage: Stage, { net, store, queues, home }: With) {
  const { place, settings } = stage;
  const bundles = builtBundles(stage.root);
  const values: Readonly<Record<Exclude<Variable, "AWS_REGION">, $util.Input<string>>> = {
    SLUICE_TABLE: store.table.name,
    SLUICE_STATE_MACHINE_ARN: names.machineArn(place, "wave"),
    SLUICE_WAY_BACK_MACHINE_ARN: names.machineArn(place, "way-back"),
    SLUICE_TOPIC_ARN: names.topicArn(place),
    SLUICE_TICK_FUNCTION: names.functionArn(place, "timer-tick-wave"),
    SLUICE_SNAPSHOT_FUNCTION: names.functionArn(place, "inventory-take-snapshot"),
    SLUICE_THAW_FUNCTION: names.functionArn(place, "commands-thaw-wave"),
    SLUICE_ROLL_BACK_FUNCTION: names.functionArn(place, "commands-roll-back-wave"),
    SLUICE_PLAN_FUNCTION: names.functionArn(place, "commands-plan-waves"),
    SLUICE_DEADLINE_FUNCTION_ARN: names.functionArn(place, "timer-thaw-at-deadline"),
    SLUICE_SCHEDULER_ROLE_ARN: names.roleArn(place, "deadlines"),
    SLUICE_SCHEDULE_GROUP: names.scheduleGroup(place.stage),
    SLUICE_ECS_CLUSTER: home.cluster.name,
    SLUICE_WORKER_IMAGE: home.image,
    SLUICE_WORKER_SUBNETS: home.subnets.join(","),
    SLUICE_WORKER_SECURITY_GROUPS: $resolve(home.securityGroups).apply((groups) => groups.join(",")),
    SLUICE_WORKER_EXECUTION_ROLE_ARN: home.executionRole.arn,
    SLUICE_WORKER_TASK_ROLE_ARN: home.taskRole.arn,
    SLUICE_WORKER_LOG_GROUP: home.logs.name,
    SLUICE_POSTERS: settings.posters.join(","),
    SLUICE_READERS: settings.readers.join(","),
    SLUICE_SSO_ROLES: settings.ssoRoles.join(","),
  };

  const made = FUNCTIONS.map((entry) => {
    const { name } = entry;
    const inVpc = isInVpc(name);
    const reserved = settings.reservesConcurrency ? reservedConcurrency(name) : undefined;
    const policy = $resolve([store.table.nodes.table.arn, store.key.arn]).apply(([tableArn, keyArn]) =>
      policyDocument(statementsOf(name, { place, settings, given: { tableArn, keyArn } })),
    );
    const environment = Object.fromEntries(
      [...variablesOf(name)].flatMap((variable) => (variable === "AWS_REGION" ? [] : [[variable, values[variable]]])),
    );
    const made = new sst.aws.Function(names.componentName(name), {
      name: names.functionName(place.stage, name),
      description: `functions/${entry.file}`,
      bundle: join(bundles, name),
      handler: "index.handler",
      runtime: "nodejs24.x",
      architecture: "arm64",
      memory: `${memoryMegabytes(entry, inVpc)} MB`,
      timeout: `${entry.timeoutSeconds} seconds`,
      environment,
      logging: { format: "json", retention: retentionOf(settings.logDays) },
      // SST would bring `link`'s and two managed policies with `*` in them; the policy below is all there is.
      dev: false,
      retries: 2,
      ...(reserved !== undefined && { concurrency: { reserved } }),
      ...(inVpc && { vpc: { privateSubnets: net.subnets, securityGroups: [net.functions.id] } }),
      transform: {
        role: (role) => {
          role.assumeRolePolicy = LAMBDA_ONLY;
          role.managedPolicyArns = [];
          role.inlinePolicies = [{ name: "needs", policy }];
        },
        function: (args) => {
          args.tracingConfig = { mode: "Active" };
        },
        eventInvokeConfig: (args) => {
          args.maximumEventAgeInSeconds = oldestEventSeconds(entry);
          args.destinationConfig = { onFailure: { destination: queues.queues["failed-events"].arn } };
        },
      },
    });
    return [name, made] as const;
  });

  const byName = new Map(made);
  const named = (name: string): sst.aws.Function => {
    const found = byName.get(names.functionNamed(name).name);
    if (found === undefined) throw new Error(`function ${name} was not made`);
    return found;
  };

  for (const { name, invokedBy } of FUNCTIONS)
    if (invokedBy.kind === "table-stream")
      new aws.lambda.EventSourceMapping(`${names.componentName(name)}Stream`, {
        eventSourceArn: store.table.nodes.table.streamArn,
        functionName: named(name).arn,
        startingPosition: "TRIM_HORIZON",
        batchSize: 100,
        functionResponseTypes: ["ReportBatchItemFailures"],
        bisectBatchOnFunctionError: true,
        // What cannot be announced now is tried until it is too old, not so many times: SNS may be away for longer than that.
        maximumRetryAttempts: -1,
        maximumRecordAgeInSeconds: invokedBy.records.oldestSeconds,
        destinationConfig: { onFailure: { destinationArn: queues.queues["failed-stream"].arn } },
        filterCriteria: { filters: [{ pattern: JSON.stringify(invokedBy.records.filter) }] },
      });
  return { named };
}

/** Bundled once per evaluation, by this project's own esbuild; whoever evaluates two stages at once bundles beforehand. */
function builtBundles(root: string): string {
  const given = process.env["SLUICE_BUNDLES"];
  if (given !== undefined) return given;
  const folder = join($cli.paths.work, "bundles");
  execFileSync("node", [join(root, "stacks/bundles/main.ts"), folder], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter) },
  });
  return folder;
}

const RETENTION = {
  7: "1 week",
  14: "2 weeks",
  30: "1 month",
  60: "2 months",
  90: "3 months",
  180: "6 months",
  365: "1 year",
} as const;
const retentionOf = (days: keyof typeof RETENTION) => RETENTION[days];
