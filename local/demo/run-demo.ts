import { setTimeout as sleep } from "node:timers/promises";
import { CLUSTER, DEFAULT_REGION } from "../home/local-account.ts";
import type { ControlPlane } from "../home/start-control-plane.ts";
import { checkWave, type WaveChecked } from "./checker/check-wave.ts";
import { flatIds } from "./checker/journal-lines.ts";
import { type DemoEstate, passwordOf, processedBy } from "./demo-estate.ts";
import { GROUPS, MIGRATION, rightsAfterSeal, SUPER_USER, TOPICS, WAVE } from "./estate-declaration.ts";
import { followWave } from "./follow-wave.ts";
import { freezeShare } from "./freeze-share.ts";
import { migrationFile } from "./migration-file.ts";
import { type CheckpointComparison, compareWithCheckpoints } from "./mirror-maker-checkpoints.ts";
import type { Tell } from "./tell.ts";
import { type GroupTranslation, withCheckpoints } from "./translations.ts";
import { type Entry, waveApi } from "./wave-api.ts";
import { workerUrl } from "./worker-url.ts";

const OPERATOR = "olga";
const APPROVERS = { cutover: "carl", go: "carl", seal: ["carl", "sara"] };

export type WaveRun = {
  readonly checked: WaveChecked;
  readonly translations: readonly GroupTranslation[];
  readonly controlPlaneSeconds: number | undefined;
  readonly attempt: number;
};

/** The wave from its migration file to the seal and the drained consumers, then the checker's judgement. Leaves all running. */
export const runWave = async (o: {
  readonly demo: DemoEstate;
  readonly control: ControlPlane;
  readonly tell: Tell;
  readonly signal: AbortSignal;
}): Promise<WaveRun> => {
  const { demo, control, tell, signal } = o;
  const api = waveApi({ url: control.url, tokens: control.tokens, migration: MIGRATION, wave: WAVE, reader: OPERATOR });
  await api.postMigration(OPERATOR, migrationFile(demo.bootstrapServers));
  tell(`${OPERATOR} posts the migration file: ${control.url}/migrations/${MIGRATION}`);
  await api.start(OPERATOR);

  const beside = besideTheWave(o);
  let followed: Awaited<ReturnType<typeof followWave>>;
  try {
    followed = await followWave({
      api,
      approvers: APPROVERS,
      tell,
      boundSeconds: 300,
      onEntry: beside.onEntry,
      signal,
    });
  } finally {
    await beside.end();
  }
  await readToTheEnd(demo, tell, signal);
  await demo.stopApplications();
  tell("applications stopped; the checker reads journals, both clusters whole, and the process table");
  const checked = await checkWave({
    journal: demo.journal,
    clusters: {
      source: { bootstrapServers: demo.bootstrapServers.source, ...superUser(demo) },
      target: { bootstrapServers: demo.bootstrapServers.target, ...superUser(demo) },
    },
    topics: TOPICS.map((topic) => topic.name),
    groups: GROUPS.map((group) => ({ id: group.id, topics: group.topics, isLive: group.idle === undefined })),
    rightsAfterSeal,
    workerAddresses: beside.workerAddresses,
    secrets: Object.values(demo.passwords),
    directoriesWithoutSecrets: [control.stateDirectory],
  });
  const share = freezeShare(followed.entries);
  return {
    checked,
    translations: beside.translations,
    controlPlaneSeconds: share === undefined ? undefined : share.milliseconds / 1000,
    attempt: followed.attempt,
  };
};

const superUser = (demo: DemoEstate) => ({
  username: SUPER_USER,
  password: passwordOf(demo.passwords, SUPER_USER),
});

/** What the demo does for its comparison while the wave runs: MirrorMaker's checkpoints, from replication until consumers moved. */
const besideTheWave = (o: { readonly demo: DemoEstate; readonly control: ControlPlane; readonly tell: Tell }) => {
  const translations: GroupTranslation[] = [];
  const workerAddresses: string[] = [];
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
  return { onEntry, end, translations, workerAddresses };
};

/** Producers pause, the idle groups are read on the target, and every group gets the time to process all there is. */
const readToTheEnd = async (demo: DemoEstate, tell: Tell, signal: AbortSignal): Promise<void> => {
  await demo.pauseProducers();
  await demo.startLateReaders();
  const lines = demo.readJournal();
  const total = (topics: readonly string[]): number =>
    lines.reduce(
      (sum, l) => (l.what === "acknowledged" && topics.includes(l.topic) ? sum + flatIds(l.ids).length : sum),
      0,
    );
  const wanted = GROUPS.map((group) => ({ id: group.id, total: total(group.topics) }));
  tell("producers paused; idle groups are read on the target now");
  const until = Date.now() + 40_000;
  let last = -1;
  // More than there should be is the checker's business, and so is less when nothing comes any more.
  for (let quiet = 0; Date.now() < until && quiet < 8; ) {
    const now = demo.readJournal();
    const processed = wanted.map((group) => processedBy(now, group.id));
    await sleep(1000, undefined, { signal });
    if (wanted.every((group, index) => (processed[index] ?? 0) >= group.total)) return;
    const sum = processed.reduce((a, b) => a + b, 0);
    quiet = sum === last ? quiet + 1 : 0;
    last = sum;
  }
};
