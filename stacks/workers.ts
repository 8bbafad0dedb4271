import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { logGroupArn, workerLogGroup } from "./names.ts";
import type { Network } from "./network.ts";
import type { Stage } from "./read-stage.ts";
import { policyDocument, secretStatements, sessionStatements, trustOf } from "./rights.ts";

export type Workers = Awaited<ReturnType<typeof workers>>;

/** Where Connect workers run. Their services and task definitions belong to the control plane, one pair per migration. */
export async function workers(stage: Stage, { subnets, workers: group }: Network) {
  const { place, prefix, settings, isProduction } = stage;
  const cluster = new aws.ecs.Cluster("WorkersCluster", {
    name: prefix,
    settings: [{ name: "containerInsights", value: "enabled" }],
  });
  const logs = new aws.cloudwatch.LogGroup("WorkersLogs", {
    name: workerLogGroup(place.stage),
    retentionInDays: settings.logDays,
  });
  const trusted = trustOf("ecs-tasks.amazonaws.com", place);
  const repository = new aws.ecr.Repository("WorkersImages", {
    name: `${prefix}/connect`,
    imageTagMutability: "IMMUTABLE",
    imageScanningConfiguration: { scanOnPush: true },
    forceDelete: !isProduction,
  });
  const scope = { place, settings, given: { tableArn: "", keyArn: "" } };
  const executionRole = new aws.iam.Role("WorkersExecutionRole", {
    name: `${prefix}-worker-execution`,
    assumeRolePolicy: trusted,
    inlinePolicies: [
      {
        name: "start",
        policy: $resolve([repository.arn]).apply(([images]) =>
          policyDocument([
            {
              Effect: "Allow",
              Action: ["ecr:GetAuthorizationToken"],
              Resource: ["*"],
              why: "the token is the account's, of no one repository",
            },
            {
              Effect: "Allow",
              Action: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
              Resource: [images],
            },
            {
              Effect: "Allow",
              Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
              Resource: [`${logGroupArn(place, workerLogGroup(place.stage))}:*`],
            },
            ...secretStatements(scope, ["secretsmanager:GetSecretValue"]),
          ]),
        ),
      },
    ],
  });
  // A worker signs in to Kafka with what it was started with, or by a role; of AWS it needs nothing else.
  const sessions = sessionStatements(scope);
  const taskRole = new aws.iam.Role("WorkersTaskRole", {
    name: `${prefix}-worker`,
    assumeRolePolicy: trusted,
    inlinePolicies: sessions.length === 0 ? [] : [{ name: "sign-in", policy: policyDocument(sessions) }],
  });

  const login = aws.ecr.getAuthorizationTokenOutput({ registryId: repository.registryId });
  // Loaded here: SST reads the config once before it has Pulumi's packages.
  const dockerBuild = await import("@pulumi/docker-build");
  const image = new dockerBuild.Image("WorkersImage", {
    context: { location: `${stage.root}/workers` },
    dockerfile: { location: `${stage.root}/workers/Dockerfile` },
    platforms: ["linux/amd64"],
    push: true,
    tags: [$interpolate`${repository.repositoryUrl}:${imageTag(stage.root)}`],
    registries: [
      { address: repository.repositoryUrl, username: login.userName, password: $util.secret(login.password) },
    ],
  });
  return {
    cluster,
    executionRole,
    taskRole,
    logs,
    image: image.ref,
    subnets,
    securityGroups: [group.id],
  };
}

/** Of what the image is made of: the same files are the same image, and a tag is never written twice. */
function imageTag(root: string): string {
  const folder = join(root, "workers");
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest("hex").slice(0, 16);
}
