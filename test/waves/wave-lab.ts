import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Kafka } from "kafkajs";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import type { Eligibility } from "#core/wave/eligibility.ts";
import type { Phase } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import type { AppsSettingsInput } from "#local/demo/apps/settings.ts";
import { checkRecords, type RecordsVerdict } from "#local/demo/checker/check-records.ts";
import { checkEstate, checkWave } from "#local/demo/checker/check-wave.ts";
import { flatIds, type JournalLine, readLiveJournals } from "#local/demo/checker/journal-lines.ts";
import { listRights, type Right } from "#local/demo/checker/left-behind.ts";
import { readLog } from "#local/demo/checker/read-log.ts";
import { ageTopics, createTopics, passwordOf, processedBy, until } from "#local/demo/demo-estate.ts";
import { OPERATING, SUPER_USER, switchOf } from "#local/demo/estate-declaration.ts";
import { closeGatesOfPeople } from "#local/demo/follow-wave.ts";
import { kafkaAs } from "#local/demo/kafka-as.ts";
import { addRights } from "#local/demo/kafka-rights.ts";
import { takeSnapshots } from "#local/demo/know-estate.ts";
import type { MigrationFile } from "#local/demo/migration-file.ts";
import { startApps } from "#local/demo/start-apps.ts";
import { Refusal, type WaveApi, waveApi } from "#local/demo/wave-api.ts";
import { type Answer, callApi } from "#local/home/api-client.ts";
import { LOCAL_CREDENTIALS } from "#local/home/control-environment.ts";
import { type Estate, startEstate } from "#local/home/estate.ts";
import { DEFAULT_REGION, TABLE } from "#local/home/local-account.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "#local/home/start-control-plane.ts";
import { type CrashFiles, crashFiles } from "#local/host/crash-orders.ts";
import { startBroker } from "#local/kafka/start-broker.ts";
import type { Child } from "#local/processes/child.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import {
  APPROVERS,
  clientsOf,
  type DeclaredWave,
  declaredWave,
  LAB_PEOPLE,
  type LabWave,
  labMigration,
  MIGRATION,
  OPERATOR,
  rightsAtStart,
  rightsWhenSealed,
  secretOf,
  usersOf,
} from "./lab-declaration.ts";
import { secureListeners } from "./secure-listeners.ts";

export type Position = "source" | "paused" | "target";
export type Side = "source" | "target";
/** How fast the home's own events come. */
type Pace = Pick<ControlPlaneOptions, "tickSeconds" | "schedulesLateSeconds">;

/** A small estate with real clients, and the product beside it. Whoever starts it must `stop()` it. */
export type WaveLab = {
  readonly directory: string;
  readonly estate: Estate;
  readonly bootstrapServers: Readonly<Record<Side, string>>;
  readonly asAdmin: Readonly<Record<Side, Kafka>>;
  readonly passwords: Readonly<Record<string, string>>;
  /** The control plane that runs now: another one after `restartControlPlane`. */
  control(): ControlPlane;
  /** SIGKILL to all of it, then a start on the same directory. Resolves when it is up; answers when it was dead, in ms. */
  restartControlPlane(o?: Pace): Promise<number>;
  /** Of the broker that runs there now. */
  brokerPid(side: Side): number;
  /** A broker anew on its directory, after it was killed. */
  restartBroker(side: Side): Promise<void>;
  /** What the handler host is ordered to die at, and did; of a lab that `hasCrashPoints`. */
  readonly crashes: CrashFiles;
  /** The table itself, past the product. */
  readonly store: WaveStore;
  /** The migration file of all waves; change it before it is posted. */
  file(policy?: MigrationFile["policy"]): MigrationFile;
  /** With a snapshot of each cluster, which the inventory gate asks for. */
  post(file: MigrationFile): Promise<void>;
  /** Any call of the HTTP API as a person. */
  call(person: string, method: "GET" | "POST", path: string, body?: unknown): Promise<Answer>;
  setParameter(name: string, value: string): Promise<void>;
  parameter(name: string): Promise<string | undefined>;
  wave(name: string): LabWaveRun;
  stop(): Promise<void>;
};

/** One wave of the lab with its clients. */
export type LabWaveRun = {
  readonly declared: DeclaredWave;
  readonly api: WaveApi;
  readJournalLines(): JournalLine[];
  turn(client: string, position: Position): Promise<void>;
  /** Where the client's switch points now. */
  position(client: string): Promise<string | undefined>;
  /** DENY entries on the wave's topics, of the source unless told, for everyone or for a principal. */
  fence(side?: Side): Promise<readonly Right[]>;
  /**
   * Its producers and its live groups run on the source, and the idle group has read a little. Those in `deaf` never look
   * at their switch and stay there.
   */
  startApplications(o?: { readonly deaf?: readonly string[] }): Promise<void>;
  /** A deaf client ends, and one that follows its switch takes its place. */
  mend(client: string): Promise<void>;
  row(): Promise<WaveRow>;
  journal(): Promise<readonly JournalEntry[]>;
  command(
    name: "start" | "resume" | "thaw" | "hold" | "roll-back" | "abort" | "retry",
    body?: unknown,
  ): Promise<Answer>;
  /** Looks at the row every few milliseconds until it is as wanted; throws after the bound. */
  seen(what: string, seconds: number, isWanted: (row: WaveRow) => boolean): Promise<WaveRow>;
  /**
   * Closes the gates of people as they open, until the row is as wanted. A hold ends it by an error, or is resumed where
   * `resumes` says so. A control plane that does not answer is asked again.
   */
  follow(o: {
    readonly until: (row: WaveRow) => boolean;
    readonly seconds: number;
    readonly resumes?: (row: WaveRow) => boolean;
    /** People do nothing meanwhile. */
    readonly areAway?: () => boolean;
    readonly signal?: AbortSignal;
  }): Promise<WaveRow>;
  /** Lets every group read to the end on the target, judges from outside, and ends its applications. Only for a wave that is sealed. */
  findings(): Promise<readonly string[]>;
  /** The same with the records' own verdict, for a wave whose mirror may have repeated some. */
  judged(): Promise<{ readonly records: RecordsVerdict; readonly findings: readonly string[] }>;
  /** The same of a wave that is rolled back, on the source; the target is not asked, since it may be gone. */
  recordsOnSource(): Promise<RecordsVerdict>;
  /** Told by the wave's answer. */
  wayBack(): Promise<Eligibility>;
  /** Its producers stand still, seen; started again by their switch. */
  pauseProducers(): Promise<void>;
};

const LOOK_EVERY_MILLISECONDS = 40;
/** Where a wave waits for ticks and people, no phase is missed by fewer looks. */
const LOOK_AT_REST_EVERY_MILLISECONDS = 150;
const AT_REST: ReadonlySet<Phase> = new Set(["replicating", "consumers-moved", "producers-moved"]);
const FOLLOW_EVERY_MILLISECONDS = 350;
/** Bounds are those of an idle machine; a busy one gets so many times as much. */
const PATIENCE = 2;

export const startWaveLab = async (o: {
  readonly waves: readonly LabWave[];
  /** The source has no ACL but the Cluster's, and its brokers then allow everyone. */
  readonly isSourceOpen?: boolean;
  /** Sluice and its mirrors sign in over TLS, with certificates on the target, which is named by an MSK ARN. */
  readonly isSecure?: boolean;
  readonly tickSeconds?: number;
  /** The handler host dies where it is ordered to. */
  readonly hasCrashPoints?: boolean;
  /** Its edge lies where it is armed to. */
  readonly canLie?: boolean;
  readonly say?: (line: string) => void;
}): Promise<WaveLab> => {
  const directory = await mkdtemp(join(tmpdir(), "sluice-waves-"));
  const crashDirectory = join(directory, "crashes");
  await mkdir(crashDirectory);
  const waves = o.waves.map(declaredWave);
  const passwords = Object.fromEntries(usersOf(waves).map((user) => [user, randomBytes(18).toString("hex")]));
  const applications = new Map(waves.map(({ name }): [string, Child[]] => [name, []]));
  const stops: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    const failures: unknown[] = [];
    stops.push(() => Promise.all([...applications.values()].map(stopAll)));
    for (const one of stops.splice(0).reverse()) await one().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, "the lab did not stop in order");
  };
  try {
    const isOpen = o.isSourceOpen === true;
    const cluster = { users: passwords, superUsers: [SUPER_USER], allowEveryone: false, heapMegabytes: 320 };
    const secure = o.isSecure === true ? await secureListeners(directory) : undefined;
    const estate = await startEstate({
      directory,
      source: { ...cluster, allowEveryone: isOpen, listeners: secure === undefined ? [] : [secure.listeners.source] },
      target: { ...cluster, listeners: secure === undefined ? [] : [secure.listeners.target] },
      secrets: {
        ...Object.fromEntries(
          Object.values(OPERATING).map((user) => [
            secretOf(user),
            { username: user, password: passwordOf(passwords, user) },
          ]),
        ),
        ...secure?.secrets,
      },
      parameters: Object.fromEntries(waves.flatMap(clientsOf).map((client) => [switchOf(client), "paused"])),
    });
    stops.push(() => estate.stop());
    const brokers = { source: estate.source, target: estate.target };
    const bootstrapServers = { source: estate.source.bootstrapServers, target: estate.target.bootstrapServers };
    const admin = passwordOf(passwords, SUPER_USER);
    const asAdmin = {
      source: kafkaAs(bootstrapServers.source, SUPER_USER, admin),
      target: kafkaAs(bootstrapServers.target, SUPER_USER, admin),
    };
    const ssm = new SSMClient({
      endpoint: estate.awsUrl,
      region: DEFAULT_REGION,
      credentials: LOCAL_CREDENTIALS,
    });
    stops.push(async () => ssm.destroy());
    const setParameter = async (Name: string, Value: string): Promise<void> => {
      await ssm.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true }));
    };

    const starting = (pace: Pace = {}) =>
      startControlPlane({
        stateDirectory: join(directory, "control-plane"),
        people: LAB_PEOPLE,
        tickSeconds: o.tickSeconds ?? 2,
        ...pace,
        ssmEndpoint: estate.awsUrl,
        secretsEndpoint: estate.awsUrl,
        cloudwatchEndpoint: estate.awsUrl,
        ...(o.hasCrashPoints === true && { crashDirectory }),
        canLie: o.canLie === true,
        ...(secure === undefined ? {} : { mskClustersFile: secure.mskClustersFile }),
        ...(o.say === undefined ? {} : { onProblem: o.say }),
      });
    const prepareSource = async (): Promise<void> => {
      const topics = waves.flatMap((wave) => wave.topics.map((name) => ({ name, partitions: wave.partitions })));
      await createTopics(asAdmin.source, topics);
      await ageTopics(asAdmin.source, topics);
      await addRights(asAdmin.source, rightsAtStart("source", waves, isOpen));
      await addRights(asAdmin.target, rightsAtStart("target", waves));
    };
    // Both are waited for: what one of them started must be known when the other fails.
    const [controlStarted, prepared] = await Promise.allSettled([starting(), prepareSource()]);
    if (controlStarted.status === "rejected") throw controlStarted.reason;
    let control: ControlPlane = controlStarted.value;
    stops.push(() => control.stop());
    if (prepared.status === "rejected") throw prepared.reason;

    const dynamodb = new DynamoDBClient({
      endpoint: control.endpoints.dynamodb,
      region: DEFAULT_REGION,
      credentials: LOCAL_CREDENTIALS,
      maxAttempts: 3,
    });
    stops.push(async () => dynamodb.destroy());
    const store = dynamoWaveStore({ client: dynamodb, tableName: TABLE });
    const call: WaveLab["call"] = async (person, method, path, body) => {
      const token = control.tokens[person];
      if (token === undefined) throw new Error(`no token for ${person}`);
      return callApi({ url: control.url, token }, method, path, body);
    };

    const lab: WaveLab = {
      directory,
      estate,
      bootstrapServers,
      asAdmin,
      passwords,
      crashes: crashFiles(crashDirectory),
      store,
      control: () => control,
      async restartControlPlane(pace) {
        await control.killEverything();
        const deadAt = Date.now();
        control = await starting(pace);
        return deadAt;
      },
      brokerPid: (side) => brokers[side].pid,
      async restartBroker(side) {
        const { port } = brokers[side];
        const allowEveryone = side === "source" && isOpen;
        const options = { name: side, directory: join(directory, side), port, ownSession: true, allowEveryone };
        const again = await startBroker({ ...cluster, ...options });
        brokers[side] = again;
        stops.push(() => again.stop());
      },
      file: (policy) => {
        const file = labMigration(bootstrapServers, waves, policy, isOpen);
        return secure === undefined ? file : secure.secured(file);
      },
      async post(file) {
        const answer = await call(OPERATOR, "POST", "/migrations", file);
        if (answer.status >= 400) throw new Refusal(answer.status, "posting the migration", answer.body);
        await takeSnapshots((...given) => call(OPERATOR, ...given), MIGRATION);
      },
      call,
      setParameter,
      parameter: async (Name) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value,
      wave: (name) => {
        const declared = waves.find((wave) => wave.name === name);
        const processes = applications.get(name);
        if (declared === undefined || processes === undefined) throw new Error(`the lab has no wave ${name}`);
        return waveRun({ lab, waves, declared, processes, isSourceOpen: isOpen });
      },
      stop,
    };
    return lab;
  } catch (error) {
    await stop().catch((failure: unknown) => o.say?.(String(failure)));
    throw error;
  }
};

const waveRun = (o: {
  readonly lab: WaveLab;
  readonly waves: readonly DeclaredWave[];
  readonly declared: DeclaredWave;
  /** Its applications. */
  readonly processes: Child[];
  readonly isSourceOpen: boolean;
}): LabWaveRun => {
  const { lab, declared, processes } = o;
  const { name, topic, topics, producers, liveGroups, idleGroup, processor } = declared;
  const [, writes = "", deadLetters = ""] = topics;
  const following = [...producers, ...liveGroups, ...(processor === undefined ? [] : [processor])];
  const ref = { migration: MIGRATION, wave: name };
  const path = `/migrations/${MIGRATION}/waves/${name}`;
  // A directory of its own: the checker judges all that it finds in one.
  const journalDirectory = join(lab.directory, "journals", name);
  const api = (): WaveApi =>
    waveApi({
      url: lab.control().url,
      tokens: lab.control().tokens,
      migration: MIGRATION,
      wave: name,
      reader: OPERATOR,
    });

  const readJournalLines = (): JournalLine[] => readLiveJournals(journalDirectory);
  const turn = (client: string, position: Position): Promise<void> => lab.setParameter(switchOf(client), position);
  const run = async (label: string, clients: AppsSettingsInput["clients"]): Promise<Child> => {
    const child = await startApps({
      name: `${name}-${label}`,
      directory: join(lab.directory, "applications"),
      settings: {
        ssm: { endpoint: lab.estate.awsUrl, region: DEFAULT_REGION },
        pollMilliseconds: 500,
        clusters: {
          source: { bootstrapServers: [lab.bootstrapServers.source] },
          target: { bootstrapServers: [lab.bootstrapServers.target] },
        },
        journal: journalDirectory,
        clients,
      },
    });
    processes.push(child);
    return child;
  };
  const signIn = (user: string) => ({
    name: user,
    username: user,
    password: passwordOf(lab.passwords, user),
    switch: switchOf(user),
  });
  const reader = (group: string, stopsAfterRecords?: number): AppsSettingsInput["clients"][number] => ({
    kind: "consumer",
    ...signIn(group),
    group,
    topics: [topic],
    fetchWaitMilliseconds: 500,
    ...(stopsAfterRecords === undefined ? {} : { stopsAfterRecords }),
  });

  const deafClients = new Map<string, Child>();
  const settingsOf = (client: string): AppsSettingsInput["clients"][number] => {
    if (liveGroups.includes(client)) return reader(client);
    const { partitions, recordsPerSecond } = declared;
    if (client === processor) {
      const common = { ...signIn(client), group: client, transactionalId: client, partitions };
      return { kind: "both", ...common, reads: topic, writes, deadLetters };
    }
    const load = { recordsPerSecond, backlog: 600, maxBytes: 600, sendEveryMilliseconds: 250 };
    return { kind: "producer", ...signIn(client), topic, partitions, load };
  };
  const runDeaf = async (client: string): Promise<void> => {
    await lab.setParameter(deafSwitchOf(client), "source");
    const child = await run(`deaf-${client}`, [{ ...settingsOf(client), switch: deafSwitchOf(client) }]);
    deafClients.set(client, child);
  };

  const row = async (): Promise<WaveRow> => {
    const found = await lab.store.wave(ref);
    if (found === undefined) throw new Error(`wave ${name} is not in the table`);
    return found;
  };
  const command: LabWaveRun["command"] = (what, body) => lab.call(OPERATOR, "POST", `${path}/${what}`, body);

  const pauseProducers = async (): Promise<void> => {
    await Promise.all(producers.map((producer) => turn(producer, "paused")));
    await until(20, `${producers.join(" and ")} to pause`, () => {
      const lines = readJournalLines();
      return producers.every(
        (producer) => lines.findLast((l) => l.client === producer && l.what !== "acknowledged")?.what === "paused",
      );
    });
  };

  const readToTheEnd = async (side: Side): Promise<void> => {
    await pauseProducers();
    await turn(idleGroup, side);
    await run("late", [reader(idleGroup)]);
    const groups = [...liveGroups, idleGroup, ...(processor === undefined ? [] : [processor])];
    const wanted = readJournalLines().reduce(
      (sum, line) => (line.what === "acknowledged" && line.topic === topic ? sum + flatIds(line.ids).length : sum),
      0,
    );
    let quiet = 0;
    let last = -1;
    // Less than there should be is the checker's business when nothing comes any more.
    for (const end = Date.now() + 30_000; Date.now() < end && quiet < 8; ) {
      const lines = readJournalLines();
      const processed = groups.map((group) => processedBy(lines, group));
      if (processed.every((count) => count >= wanted)) break;
      const sum = processed.reduce((a, b) => a + b, 0);
      quiet = sum === last ? quiet + 1 : 0;
      last = sum;
      await sleep(500);
    }
    // What is processed twice would come now.
    await sleep(500);
  };

  const judged: LabWaveRun["judged"] = async () => {
    await readToTheEnd("target");
    const rows = await lab.store.waves(MIGRATION);
    const sealed = o.waves.filter((wave) => rows.some((one) => one.wave === wave.name && one.phase === "sealed"));
    const signInOf = (side: Side) => ({
      bootstrapServers: lab.bootstrapServers[side],
      username: SUPER_USER,
      password: passwordOf(lab.passwords, SUPER_USER),
    });
    const clusters = { source: signInOf("source"), target: signInOf("target") };
    const checked = await checkWave({
      journal: journalDirectory,
      clusters,
      topics,
      groups: [
        ...[...liveGroups, ...(processor === undefined ? [] : [processor])].map((id) => ({
          id,
          topics: [topic],
          isLive: true,
        })),
        { id: idleGroup, topics: [topic], isLive: false },
      ],
    });
    const { leftBehind } = await checkEstate({
      clusters,
      topics,
      rightsAfterSeal: {
        source: rightsWhenSealed("source", o.waves, sealed, o.isSourceOpen),
        target: rightsWhenSealed("target", o.waves, sealed, o.isSourceOpen),
      },
      workerAddresses: [],
      secrets: Object.values(lab.passwords),
      directoriesWithoutSecrets: [lab.control().stateDirectory],
    });
    const unsealed = sealed.includes(declared) ? [] : [`wave ${name} is not sealed`];
    const freezes = freezesTooLong(await lab.store.journal(ref));
    // Clients of a wave that is over would only take the others' time.
    await stopAll(processes);
    return { records: checked.records, findings: [...unsealed, ...checked.findings, ...leftBehind, ...freezes] };
  };

  return {
    declared,
    get api() {
      return api();
    },
    readJournalLines,
    turn,
    position: (client) => lab.parameter(switchOf(client)),
    fence: async (side = "source") =>
      (await listRights(lab.asAdmin[side])).filter(
        (right) => right.startsWith("DENY ") && topics.some((one) => right.endsWith(` TOPIC ${one}`)),
      ),
    async startApplications({ deaf = [] } = {}) {
      await Promise.all(clientsOf(declared).map((client) => turn(client, "source")));
      const obeying = following.filter((client) => !deaf.includes(client));
      const [early] = await Promise.all([
        run("early", [reader(idleGroup, 200)]),
        ...(obeying.length === 0 ? [] : [run("live", obeying.map(settingsOf))]),
        ...deaf.map(runDeaf),
      ]);
      await until(60, `the groups of wave ${name} to process records`, () => {
        const lines = readJournalLines();
        return (
          processedBy(lines, idleGroup) >= 200 &&
          following.every((client) => producers.includes(client) || processedBy(lines, client) > 0)
        );
      });
      await early.stop();
      processes.splice(processes.indexOf(early), 1);
      await turn(idleGroup, "paused");
    },
    async mend(client) {
      const child = deafClients.get(client);
      if (child === undefined) throw new Error(`client ${client} of wave ${name} is not deaf`);
      deafClients.delete(client);
      await child.stop();
      processes.splice(processes.indexOf(child), 1);
      await run(`mended-${client}`, [settingsOf(client)]);
    },
    row,
    journal: () => lab.store.journal(ref),
    command,
    async seen(what, seconds, isWanted) {
      const begun = Date.now();
      for (;;) {
        const now = await row();
        if (isWanted(now)) return now;
        if (Date.now() - begun > seconds * 1000 * PATIENCE)
          throw new Error(`waited ${seconds * PATIENCE} s in vain for wave ${name} to be ${what}: ${stateLine(now)}`);
        await sleep(AT_REST.has(now.phase) ? LOOK_AT_REST_EVERY_MILLISECONDS : LOOK_EVERY_MILLISECONDS);
      }
    },
    async follow({ until: isWanted, seconds, resumes, areAway, signal }) {
      const begun = Date.now();
      let last: WaveRow | undefined;
      for (;;) {
        signal?.throwIfAborted();
        try {
          const now = await row();
          last = now;
          if (isWanted(now)) return now;
          const isAnybodyThere = areAway?.() !== true;
          if (isAnybodyThere && now.hold !== undefined && now.phase !== "thawing") {
            if (resumes?.(now) !== true) throw new WaveHolds(stateLine(now));
            const answer = await command("resume");
            if (answer.status >= 400 && answer.status !== 409 && answer.status < 500)
              throw new Refusal(answer.status, "resume", answer.body);
          } else if (isAnybodyThere && now.gate !== undefined) {
            const open = (await api().gates()).filter((gate) => gate.isOpen);
            await closeGatesOfPeople(api(), open, APPROVERS, () => undefined);
          }
        } catch (error) {
          if (!isOutage(error)) throw error;
        }
        if (Date.now() - begun > seconds * 1000 * PATIENCE)
          throw new Error(
            `wave ${name} is not there after ${seconds * PATIENCE} s: ${last === undefined ? "never read" : stateLine(last)}`,
          );
        await sleep(FOLLOW_EVERY_MILLISECONDS);
      }
    },
    pauseProducers,
    async wayBack() {
      const answer = await lab.call(OPERATOR, "GET", path);
      if (answer.status >= 400) throw new Refusal(answer.status, "reading the wave", answer.body);
      return (answer.body as { readonly wayBack: Eligibility }).wayBack;
    },
    async recordsOnSource() {
      await readToTheEnd("source");
      const groups = [...liveGroups, idleGroup].map((id) => ({ id, topics: [topic] }));
      const source = await readLog(lab.asAdmin.source, [topic]);
      return checkRecords(readLiveJournals(journalDirectory), { source, target: undefined }, groups, "source");
    },
    judged,
    findings: async () => (await judged()).findings,
  };
};

const stopAll = (processes: Child[]): Promise<unknown> => Promise.all(processes.splice(0).map((child) => child.stop()));

/** What a deaf client looks at in place of its switch. */
export const deafSwitchOf = (client: string): string => `/deaf${switchOf(client)}`;

export class WaveHolds extends Error {
  override readonly name = "WaveHolds";
}

export const stateLine = ({ phase, run, hold }: WaveRow): string =>
  `${phase}, run ${run}${hold === undefined ? "" : `, held by ${hold.by}: ${hold.reason}; ${hold.cure}`}`;

/** What a process that was killed looks like from here; anything else is a failure. */
const isOutage = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if (error instanceof Refusal) return error.status >= 500;
  return /fetch failed|ECONN|socket hang up|other side closed|RetryableFault/.test(
    `${error.name} ${error.message} ${String(error.cause)}`,
  );
};

/** Longest time that a fence may outlive its freeze's deadline, in ms. */
const GRACE = 30_000;

/** Each freeze ends, thawed or moved on, at most this long after the last deadline that was set for it. */
const freezesTooLong = (journal: readonly JournalEntry[]): string[] => {
  const found: string[] = [];
  let deadlineAt: number | undefined;
  for (const entry of journal) {
    const named = entry.details["deadlineAt"];
    if (entry.event === "StepClaimed" && typeof named === "number") deadlineAt = named;
    if (entry.event !== "WaveThawed" && entry.event !== "ProducersMoved") continue;
    if (deadlineAt === undefined) found.push(`${entry.event} (${entry.sequence}) ends no freeze`);
    else if (entry.at > deadlineAt + GRACE)
      found.push(`a freeze ended ${(entry.at - deadlineAt) / 1000} s after its deadline (${entry.event})`);
    deadlineAt = undefined;
  }
  if (deadlineAt !== undefined) found.push("a freeze never ended");
  return found;
};

/** Gates are closed beside it, until what is awaited has come; a freeze that was not begun, because the wave was just resumed, is asked for again. */
export async function closingGates<T>(wave: LabWaveRun, awaited: () => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const following = wave.follow({
    until: () => false,
    seconds: 240,
    resumes: ({ hold }) => hold?.kind === "freeze-not-begun",
    signal: ended.signal,
  });
  try {
    return await Promise.race([awaited(), following.then(() => Promise.reject(new Error("nothing was awaited")))]);
  } finally {
    ended.abort();
    await following.catch(() => undefined);
  }
}

/** For a phase that is being done by a handler at this moment, not by one that yielded or died. */
export const isBeingDone =
  (phase: Phase) =>
  (row: WaveRow): boolean =>
    row.phase === phase && row.claim !== undefined && row.claim.leaseUntil > Date.now() && row.claim.run === row.run;
