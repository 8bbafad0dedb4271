/** `npm start -- --migration FILE`: the control plane on this machine, against clusters that the user names. */
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Migration } from "#core/migration/migration.ts";
import { repositoryRoot } from "../setup/cached-folder.ts";
import { callApi } from "./api-client.ts";
import type { Credentials } from "./control-environment.ts";
import type { Secrets } from "./seed-secrets.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./start-control-plane.ts";
import { thawFrozenWaves } from "./thaw-frozen-waves.ts";
import {
  expectAllSecrets,
  mskClustersFile,
  readMigrationFile,
  readSecretsFile,
  refuseWithoutRoles,
  UserError,
} from "./user-files.ts";

const usage = `npm start -- --migration FILE [--secrets FILE] [--state DIR] [--port NUMBER] [--tick-seconds NUMBER] [--msk-clusters FILE]
  --migration     the migration file, JSON or YAML
  --secrets       {"<secret's name>": {"username": "…", "password": "…"}}, JSON or YAML, mode 600
  --state         where tables, logs, tokens and process numbers are kept; .sluice/state/<migration> unless given
  --port          of the HTTP API; a free one unless given
  --msk-clusters  {"<MSK ARN>": {"brokers": {"bootstrapBrokerStringSaslScram": "host:port"}}}, JSON: brokers that stand in for
                  clusters named by ARN, to rehearse a file on this machine
  --tick-seconds  between two looks at each wave; 1 unless given
  AWS_ENDPOINT_URL_SSM in the environment: where the clients' switches are; a parameter store of its own unless given
  AWS_ENDPOINT_URL_CLOUDWATCH in the environment: where the alarms of the migration file are; a moto of its own unless given
  AWS_ENDPOINT_URL_KAFKA in the environment: where MSK is asked for the brokers of clusters named by ARN`;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

try {
  await main();
} catch (error) {
  process.exitCode = 1;
  if (error instanceof UserError) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}

async function main(): Promise<void> {
  const options = arguments_();
  if (options === undefined) return;
  const migration = await readMigrationFile(options.migration);
  refuseWithoutRoles(migration);
  const secrets: Secrets = options.secrets === undefined ? {} : await readSecretsFile(options.secrets);
  expectAllSecrets(migration, secrets);
  const operator = migration.people.find((person) => person.roles.includes("operator"));
  if (operator === undefined)
    throw new UserError(`${options.migration} names no operator; expected a person with the role "operator" in people`);

  // From here on a signal is answered by ending things in order, not by leaving them behind.
  let asked = 0;
  const stopAsked = new Promise<void>((told) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => {
        asked += 1;
        told();
      });
  });
  const home = await startControlPlane({
    stateDirectory: resolve(options.state ?? join(repositoryRoot, ".sluice", "state", migration.name)),
    people: migration.people,
    secrets,
    onProblem: say,
    ...(options.tickSeconds === undefined ? {} : { tickSeconds: options.tickSeconds }),
    ...(options.port === undefined ? {} : { httpPort: options.port }),
    ...(options.mskClusters === undefined ? {} : { mskClustersFile: await mskClustersFile(options.mskClusters) }),
    ...usersAws(),
  });
  const token = home.tokens[operator.id] ?? "";
  try {
    const posted = await callApi({ url: home.url, token }, "POST", "/migrations", migration);
    if (posted.status >= 400) throw new UserError(`the migration was not taken: ${JSON.stringify(posted.body)}`);
    greet(home, migration, operator.id);
    await stopAsked;
    say("stopping; a second Ctrl-C skips the thaw");
    await thawFirst(home, migration, token, () => asked > 1);
  } finally {
    await home.stop();
    say("stopped; start again with the same command to go on");
  }
}

function arguments_():
  | { migration: string; secrets?: string; state?: string; port?: number; tickSeconds?: number; mskClusters?: string }
  | undefined {
  let values: Record<string, string | boolean | undefined>;
  try {
    values = parseArgs({
      options: {
        migration: { type: "string" },
        secrets: { type: "string" },
        state: { type: "string" },
        port: { type: "string" },
        "tick-seconds": { type: "string" },
        "msk-clusters": { type: "string" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
  if (values["help"] === true) {
    say(usage);
    return undefined;
  }
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const number = (name: string, least: number, most: number): number | undefined => {
    const given = text(name);
    if (given === undefined) return undefined;
    const value = Number(given);
    if (!(value >= least && value <= most))
      throw new UserError(`--${name} is ${given}; expected a number from ${least} to ${most}`);
    return value;
  };
  const migration = text("migration");
  if (migration === undefined) throw new UserError(`--migration is missing; expected the migration file\n${usage}`);
  const [secrets, state, mskClusters] = [text("secrets"), text("state"), text("msk-clusters")];
  const [port, tickSeconds] = [number("port", 1, 65_535), number("tick-seconds", 0.2, 3600)];
  return {
    migration,
    ...(secrets === undefined ? {} : { secrets }),
    ...(state === undefined ? {} : { state }),
    ...(port === undefined ? {} : { port }),
    ...(tickSeconds === undefined ? {} : { tickSeconds }),
    ...(mskClusters === undefined ? {} : { mskClusters }),
  };
}

/** Where the applications' parameters, alarms or clusters live elsewhere, that place decides region and sign-in; the local ones take any. */
function usersAws(): Pick<
  ControlPlaneOptions,
  "ssmEndpoint" | "cloudwatchEndpoint" | "kafkaEndpoint" | "region" | "credentials"
> {
  const e = process.env;
  const region = e["AWS_REGION"] ?? e["AWS_DEFAULT_REGION"];
  const ssmEndpoint = e["AWS_ENDPOINT_URL_SSM"];
  const cloudwatchEndpoint = e["AWS_ENDPOINT_URL_CLOUDWATCH"];
  const kafkaEndpoint = e["AWS_ENDPOINT_URL_KAFKA"];
  if ([ssmEndpoint, cloudwatchEndpoint, kafkaEndpoint].every((endpoint) => endpoint === undefined))
    return region === undefined ? {} : { region };
  const [accessKeyId, secretAccessKey, sessionToken] = [
    e["AWS_ACCESS_KEY_ID"],
    e["AWS_SECRET_ACCESS_KEY"],
    e["AWS_SESSION_TOKEN"],
  ];
  const credentials: Credentials | undefined =
    accessKeyId === undefined || secretAccessKey === undefined
      ? undefined
      : { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return {
    ...(ssmEndpoint === undefined ? {} : { ssmEndpoint }),
    ...(cloudwatchEndpoint === undefined ? {} : { cloudwatchEndpoint }),
    ...(kafkaEndpoint === undefined ? {} : { kafkaEndpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

function greet(home: ControlPlane, migration: Migration, operator: string): void {
  const wave = migration.waves[0]?.name ?? "";
  const base = `${home.url}/migrations/${migration.name}`;
  const variable = (person: string): string => person.toUpperCase().replaceAll("-", "_");
  say(`Sluice runs at ${home.url}, migration ${migration.name}, state in ${home.stateDirectory}`);
  say(`Parameters of the clients' switches: ${home.endpoints.ssm}`);
  if (migration.policy.alarms.length > 0) say(`Alarms: ${home.endpoints.cloudwatch} (CloudWatch)`);
  say("Tokens:");
  for (const person of migration.people)
    say(`  ${variable(person.id)}=${home.tokens[person.id] ?? ""}   # ${person.roles.join(", ")}`);
  say("For example:");
  say(`  curl -H "Authorization: Bearer $${variable(operator)}" ${base}/waves`);
  say(`  curl -X POST -H "Authorization: Bearer $${variable(operator)}" ${base}/waves/${wave}/start`);
  say(`  curl -H "Authorization: Bearer $${variable(operator)}" ${base}/waves/${wave}/gates`);
  say("Ctrl-C stops everything, lifting a freeze first.");
}

async function thawFirst(
  home: ControlPlane,
  migration: Migration,
  token: string,
  isImpatient: () => boolean,
): Promise<void> {
  const impatience = (async () => {
    while (!isImpatient()) await sleep(200, undefined, { ref: false });
    return [];
  })();
  try {
    const left = await Promise.race([
      thawFrozenWaves({ url: home.url, token, migration: migration.name, say }, 90),
      impatience,
    ]);
    if (left.length > 0) say(`still frozen: ${left.join(", ")}; the next start takes them up at once`);
  } catch (error) {
    say(`could not see whether a wave is frozen: ${error instanceof Error ? error.message : String(error)}`);
  }
}
