import { gunzipSync } from "node:zlib";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import { filesThatHold, internalTopics, topicsThatHold } from "#local/demo/checker/left-behind.ts";
import { workerUrl } from "#local/demo/worker-url.ts";
import { LOCAL_CREDENTIALS } from "#local/home/control-environment.ts";
import { CLUSTER, DEFAULT_REGION, stateMachineArn, TABLE } from "#local/home/local-account.ts";
import { MIGRATION, OPERATOR } from "./lab-declaration.ts";
import type { WaveLab } from "./wave-lab.ts";

/** Everywhere that one of these texts stands while waves run, each as "kind: where". The estate's own files may hold passwords. */
export const placesOfSecrets = async (lab: WaveLab, texts: readonly string[]): Promise<readonly string[]> => {
  const holds = (text: string): boolean => texts.some((one) => text.includes(one));
  const found: string[] = [];
  const look = (place: string, text: string): void => {
    if (holds(text)) found.push(place);
  };
  for (const path of await apiPaths(lab))
    look(`API answer: ${path}`, JSON.stringify((await lab.call(OPERATOR, "GET", path)).body));
  for (const direction of ["forward", "reverse"] as const)
    for (const [url, text] of await connectAnswers(lab, direction)) look(`Connect answer: ${direction} ${url}`, text);
  for (const side of ["source", "target"] as const)
    for (const topic of await topicsThatHold(lab.asAdmin[side], await internalTopics(lab.asAdmin[side]), texts))
      found.push(`${side} topic: ${topic}`);
  for (const file of filesThatHold(lab.directory, texts)) if (!isTheEstates(lab, file)) found.push(`file: ${file}`);
  for (const [name, text] of await tableItems(lab)) look(`item: ${name}`, text);
  for (const [arn, text] of await executions(lab)) look(`state machine: ${arn}`, text);
  return found;
};

/** Brokers keep users, applications their own sign-in; their logs are looked at all the same. */
const isTheEstates = (lab: WaveLab, file: string): boolean =>
  !file.startsWith(lab.control().stateDirectory) && !file.endsWith(".log");

const apiPaths = async (lab: WaveLab): Promise<readonly string[]> => {
  const waves = (await lab.store.waves(MIGRATION)).map((row) => `/migrations/${MIGRATION}/waves/${row.wave}`);
  return [
    "/migrations",
    `/migrations/${MIGRATION}`,
    `/migrations/${MIGRATION}/waves`,
    ...waves.flatMap((wave) => [wave, `${wave}/gates`, `${wave}/journal`]),
  ];
};

const connectAnswers = async (
  lab: WaveLab,
  direction: "forward" | "reverse",
): Promise<readonly (readonly [string, string])[]> => {
  const { edge } = lab.control().endpoints;
  const worker = await workerUrl({ edge, region: DEFAULT_REGION, cluster: CLUSTER, migration: MIGRATION, direction });
  const text = async (path: string): Promise<string> => {
    const answer = await fetch(`${worker}${path}`, { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(`${worker}${path} answered ${answer.status}`);
    return answer.text();
  };
  const names = z.array(z.string()).parse(JSON.parse(await text("/connectors")));
  const paths = [
    "/",
    "/connectors?expand=info&expand=status",
    "/connector-plugins",
    "/admin/loggers",
    ...names.flatMap((name) =>
      ["", "/config", "/status", "/tasks", "/offsets", "/topics"].map((part) => `/connectors/${name}${part}`),
    ),
  ];
  return Promise.all(paths.map(async (path) => [path, await text(path)] as const));
};

const tableItems = async (lab: WaveLab): Promise<readonly (readonly [string, string])[]> => {
  const client = new DynamoDBClient({
    endpoint: lab.control().endpoints.dynamodb,
    region: DEFAULT_REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  try {
    const items: Record<string, unknown>[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const page = await DynamoDBDocumentClient.from(client).send(
        new ScanCommand({ TableName: TABLE, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
      );
      items.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return items.map((item) => {
      const packed = item["packedContent"];
      const unpacked = packed instanceof Uint8Array ? gunzipSync(packed).toString("utf8") : "";
      return [`${String(item["pk"])} ${String(item["sk"])}`, JSON.stringify(item) + unpacked] as const;
    });
  } finally {
    client.destroy();
  }
};

const executions = async (lab: WaveLab): Promise<readonly (readonly [string, string])[]> => {
  const client = new SFNClient({
    endpoint: lab.control().endpoints.moto,
    region: DEFAULT_REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  try {
    const listed = await Promise.all(
      (["wave", "way-back"] as const).map((machine) =>
        client.send(new ListExecutionsCommand({ stateMachineArn: stateMachineArn(DEFAULT_REGION, machine) })),
      ),
    );
    return await Promise.all(
      listed
        .flatMap(({ executions }) => executions ?? [])
        .map(async ({ executionArn }) => {
          const history = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
          return [executionArn ?? "", JSON.stringify(history.events)] as const;
        }),
    );
  } finally {
    client.destroy();
  }
};
