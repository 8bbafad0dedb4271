import { setTimeout as sleep } from "node:timers/promises";
import { CLUSTER, DEFAULT_REGION } from "../home/local-account.ts";
import type { ControlPlane } from "../home/start-control-plane.ts";
import { checkEstate, checkWave, type EstateChecked } from "./checker/check-wave.ts";
import { flatIds, type JournalLine } from "./checker/journal-lines.ts";
import { type DemoEstate, passwordOf, processedBy } from "./demo-estate.ts";
import { estateAlarm } from "./estate-alarm.ts";
import { ALARM, type DemoWave, MIGRATION, rightsAfterSeal, SUPER_USER, WAVES } from "./estate-declaration.ts";
import { followWave } from "./follow-wave.ts";
import { freezeShare } from "./freeze-share.ts";
import { type CheckpointComparison, compareWithCheckpoints } from "./mirror-maker-checkpoints.ts";
import { plannedWaves } from "./planned-waves.ts";
import type { WaveResult } from "./report.ts";
import type { Tell } from "./tell.ts";
import { type GroupTranslation, translationsIn, withCheckpoints } from "./translations.ts";
import { type Entry, type WaveApi, waveApi } from "./wave-api.ts";
import { workerUrl } from "./worker-url.ts";

const OPERATOR = "olga";
const APPROVERS = { cutover: "carl", go: "carl", seal: ["carl", "sara"] };

type Stage = {
  readonly demo: DemoEstate;
  readonly control: ControlPlane;
  readonly tell: Tell;
  readonly signal: AbortSignal;
};

export type DemoRun = EstateChecked & { readonly waves: readonly WaveResult[] };

/** How one wave went, as its journal tells. */
type Story = Omit<WaveResult, "checked">;

/** Both waves from the migration file to their seals, one of them by way of a roll-back, then the checker's judgement. Leaves all running. */
export const runDemo = async (stage: Stage): Promise<DemoRun> => {
  const { demo, control, tell, signal } = stage;
  const [shop, returns] = await plannedWaves({ ...stage, operator: OPERATOR, approver: APPROVERS.go });
  const workerAddresses: string[] = [];
  const stories = await tellBeside(stage, (each) => {
    const first = shopStory(each, shop, workerAddresses);
    return [first.told, first.isReplicating.then(() => returnsStory(each, returns))];
  });
  await readToTheEnd(demo, tell, signal);
  await demo.stopApplications();
  tell("applications stopped; the checker reads journals, both clusters whole, and the process table");
  const clusters = {
    source: { bootstrapServers: demo.bootstrapServers.source, ...superUser(demo) },
    target: { bootstrapServers: demo.bootstrapServers.target, ...superUser(demo) },
  };
  const waves: WaveResult[] = [];
  for (const story of stories) {
    const { topics, groups } = story.wave;
    const checked = await checkWave({
      journal: demo.journal,
      clusters,
      topics: topics.map((topic) => topic.name),
      groups: groups.map((group) => ({ id: group.id, topics: group.topics, isLive: group.idle === undefined })),
    });
    waves.push({ ...story, checked });
  }
  const estate = await checkEstate({
    clusters,
    topics: WAVES.flatMap((wave) => wave.topics.map((topic) => topic.name)),
    rightsAfterSeal: rightsAfterSeal(WAVES),
    workerAddresses,
    secrets: Object.values(demo.passwords),
    directoriesWithoutSecrets: [control.stateDirectory],
  });
  return { waves, ...estate };
};

/** Stories side by side: where one fails the others are ended, and waited for. */
const tellBeside = async (
  stage: Stage,
  begin: (stage: Stage) => readonly Promise<Story>[],
): Promise<readonly Story[]> => {
  const ended = new AbortController();
  const stories = begin({ ...stage, signal: AbortSignal.any([stage.signal, ended.signal]) });
  try {
    return await Promise.all(stories);
  } finally {
    ended.abort();
    await Promise.allSettled(stories);
  }
};

/** Of the names that the plan gives. */
const NAME_WIDTH = 12;

const apiOf = ({ control }: Stage, wave: DemoWave): WaveApi =>
  waveApi({
    url: control.url,
    tokens: control.tokens,
    migration: MIGRATION,
    wave: wave.name,
    reader: OPERATOR,
  });

const tellOf =
  ({ tell }: Stage, wave: DemoWave): Tell =>
  (sentence) =>
    tell(`${wave.name.padEnd(NAME_WIDTH)} ${sentence}`);

/** The shop goes straight to its seal, compared with MirrorMaker's own checkpoints. */
const shopStory = (
  stage: Stage,
  wave: DemoWave,
  workerAddresses: string[],
): { readonly told: Promise<Story>; readonly isReplicating: Promise<void> } => {
  const replicating = Promise.withResolvers<void>();
  const tell = tellOf(stage, wave);
  const story = async (): Promise<Story> => {
    const api = apiOf(stage, wave);
    await api.start(OPERATOR);
    const beside = besideTheWave({ ...stage, tell }, workerAddresses);
    try {
      const { entries, attempt } = await followWave({
        api,
        approvers: APPROVERS,
        tell,
        boundSeconds: 300,
        onEntry: async (entry) => {
          await beside.onEntry(entry);
          if (entry.event === "ReplicationStarted") replicating.resolve();
        },
        signal: stage.signal,
      });
      return toldOf(wave, entries, attempt, beside.translations, true);
    } finally {
      await beside.end();
    }
  };
  const told = story();
  // What ends the one before it replicates is no beginning for the other.
  told.catch(replicating.reject);
  return { told, isReplicating: replicating.promise };
};

/** How long the returns' clients write and read on the target before the alarm sounds. */
const AWAY_MILLISECONDS = 4000;

/**
 * The returns have a client that reads and writes: it moves with the producer, within the freeze. When all of them write on
 * the target an alarm rolls the wave back while traffic flows; then it is retried, and sealed.
 */
const returnsStory = async (stage: Stage, wave: DemoWave): Promise<Story> => {
  const api = apiOf(stage, wave);
  const tell = tellOf(stage, wave);
  const alarm = estateAlarm(stage.demo.estate.awsUrl, ALARM);
  const translations: GroupTranslation[] = [];
  const follow = (o: { readonly until?: string; readonly after?: readonly Entry[] }) =>
    followWave({
      api,
      // Nobody seals the first attempt.
      approvers: o.until === undefined ? APPROVERS : { cutover: APPROVERS.cutover, go: APPROVERS.go },
      tell,
      boundSeconds: 300,
      onEntry: async (entry) => {
        // Those of the attempt that is sealed are shown.
        if (entry.event === "WaveRetried") translations.length = 0;
        translations.push(...translationsIn(entry));
      },
      signal: stage.signal,
      ...o,
    });
  try {
    await alarm.create();
    await api.start(OPERATOR);
    const away = await follow({ until: "producers-moved" });
    await sleep(AWAY_MILLISECONDS, undefined, { signal: stage.signal });
    tell(`CloudWatch alarm ${ALARM} goes to ALARM while traffic flows on the target`);
    const alarmAt = Date.now();
    await alarm.turn("ALARM", "refunds fail");
    const back = await follow({ until: "rolled-back", after: away.entries });
    const rolledBackAt = back.entries.findLast((entry) => entry.event === "WaveRolledBack")?.at;
    await alarm.turn("OK", "refunds work again");
    await api.retry(OPERATOR);
    const { entries, attempt } = await follow({ after: back.entries });
    return {
      ...toldOf(wave, entries, attempt, translations, false),
      ...(rolledBackAt !== undefined && { alarmToRolledBackSeconds: (rolledBackAt - alarmAt) / 1000 }),
    };
  } finally {
    alarm.end();
  }
};

/** followWave answers for sealed waves only. */
const toldOf = (
  wave: DemoWave,
  entries: readonly Entry[],
  attempt: number,
  translations: readonly GroupTranslation[],
  isCompared: boolean,
): Story => {
  const share = freezeShare(entries);
  return {
    wave,
    translations,
    isCompared,
    attempt,
    outcome: "sealed",
    controlPlaneSeconds: share === undefined ? undefined : share.milliseconds / 1000,
  };
};

const superUser = (demo: DemoEstate) => ({
  username: SUPER_USER,
  password: passwordOf(demo.passwords, SUPER_USER),
});

/** What the demo does for its comparison while the wave runs: MirrorMaker's checkpoints, from replication until consumers moved. */
const besideTheWave = (
  o: { readonly demo: DemoEstate; readonly control: ControlPlane; readonly tell: Tell },
  workerAddresses: string[],
) => {
  const translations: GroupTranslation[] = [];
  const ends = (side: "source" | "target") => ({
    bootstrapServers: o.demo.bootstrapServers[side],
    asAdmin: o.demo.asAdmin[side],
  });
  let comparison: CheckpointComparison | undefined;
  const underWay: Promise<void>[] = [];
  const onEntry = async (entry: Entry): Promise<void> => {
    if (entry.event === "ReplicationStarted") {
      const url = await workerUrl({
        edge: o.control.endpoints.edge,
        region: DEFAULT_REGION,
        cluster: CLUSTER,
        migration: MIGRATION,
        direction: "forward",
      });
      workerAddresses.push(new URL(url).host);
      comparison = await compareWithCheckpoints({ workerUrl: url, source: ends("source"), target: ends("target") });
      o.tell("for comparison: a MirrorCheckpointConnector runs beside the mirror");
    }
    if (entry.event === "GroupTranslated" && comparison !== undefined) {
      const reading = withCheckpoints(entry, comparison, sleep).then((translation) => {
        translations.push(translation);
      });
      // Awaited below; until then a failure must not end the process.
      reading.catch(() => undefined);
      underWay.push(reading);
    }
    if (entry.event === "ConsumersMoved") {
      await Promise.all(underWay);
      await end();
    }
  };
  const end = async (): Promise<void> => {
    if (comparison === undefined) return;
    await comparison.remove();
    comparison = undefined;
    o.tell("the MirrorCheckpointConnector and its rights are removed");
  };
  return { onEntry, end, translations };
};

/** Producers pause, the idle groups are read on the target, and every group gets the time to process all there is. */
const readToTheEnd = async (demo: DemoEstate, tell: Tell, signal: AbortSignal): Promise<void> => {
  await demo.pauseProducers();
  await demo.startLateReaders();
  const groups = WAVES.flatMap((wave) => wave.groups);
  tell("producers paused; idle groups are read on the target now");
  const until = Date.now() + 40_000;
  let last = -1;
  // More than there should be is the checker's business, and so is less when nothing comes any more.
  for (let quiet = 0; Date.now() < until && quiet < 8; ) {
    const now = demo.readJournal();
    const processed = groups.map((group) => processedBy(now, group.id));
    // What a client writes for what it reads comes until it has read all.
    const wanted = groups.map((group) => acknowledgedOn(now, group.topics));
    await sleep(1000, undefined, { signal });
    if (wanted.every((count, index) => (processed[index] ?? 0) >= count)) return;
    const sum = processed.reduce((a, b) => a + b, 0);
    quiet = sum === last ? quiet + 1 : 0;
    last = sum;
  }
};

const acknowledgedOn = (lines: readonly JournalLine[], topics: readonly string[]): number =>
  lines.reduce(
    (sum, l) => (l.what === "acknowledged" && topics.includes(l.topic) ? sum + flatIds(l.ids).length : sum),
    0,
  );
