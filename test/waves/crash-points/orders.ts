import { setTimeout as sleep } from "node:timers/promises";
import type { JournalEntry } from "#core/journal/entry.ts";
import { until } from "#local/demo/demo-estate.ts";
import type { Crash } from "#local/host/crash-orders.ts";
import type { LabWaveRun, WaveLab } from "../wave-lab.ts";
import type { Place } from "./places.ts";

type Ordered = Omit<Place, "story"> & { readonly orAt?: string };

/** From now on the handler host dies when this wave comes by there, once. Answers the order's name. */
export const orderCrash = (lab: WaveLab, wave: string, { phase, by, point, orAt }: Ordered): string => {
  const id = `${lab.crashes.orders.all().length + 1}`;
  lab.crashes.orders.add({ id, wave, phase, by, point, reach: 1, ...(orAt === undefined ? {} : { orAt }) });
  return id;
};

/** Waits until the host has died of it and is up again. */
export const crashed = async (lab: WaveLab, order: string, seconds: number): Promise<Crash> => {
  const found = () => lab.crashes.crashes.all().find((crash) => crash.id === order);
  const named = JSON.stringify(lab.crashes.orders.all().find((one) => one.id === order));
  await until(seconds, `the handler host to die of ${named}`, () => found() !== undefined);
  await until(30, "the handler host to be up again", () => lab.control().isUp());
  return found() as Crash;
};

/** Commands until it is answered by more than an outage. One that was carried out before its handler died may be refused then. */
export const command = async (
  wave: LabWaveRun,
  name: Parameters<LabWaveRun["command"]>[0],
  body?: unknown,
): Promise<void> => {
  for (let tries = 1; ; tries++) {
    const answer = await wave.command(name, body).catch((error: unknown) => ({ status: 599, body: String(error) }));
    if (answer.status < 300 || (tries > 1 && answer.status === 409)) return;
    if (answer.status < 500 || tries > 40)
      throw new Error(`${name} of ${wave.declared.name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    await sleep(250);
  }
};

/** What became of the wave after it: by itself, or by a person who resumed it. */
export type Outcome = { readonly then: string; readonly seconds: number; readonly end: string };

const ENDS: Readonly<Record<string, string>> = {
  WaveSealed: "sealed",
  WaveRolledBack: "rolled back",
  WaveAborted: "aborted",
  RollBackWithdrawn: "withdrawn",
};

/** Read from the wave's journal: what came until the next crash, how long until anything came, and where that attempt ended. */
export const outcomeOf = (crash: Crash, next: Crash | undefined, journal: readonly JournalEntry[]): Outcome => {
  const after = journal.filter((entry) => entry.at > crash.at);
  const soon = after.filter((entry) => entry.at <= (next?.at ?? Number.POSITIVE_INFINITY));
  const did = (event: string): boolean => soon.some((entry) => entry.event === event);
  const [first] = after;
  const endOf = (entries: readonly JournalEntry[]): string | undefined =>
    entries.map((entry) => ENDS[entry.event]).find((end) => end !== undefined);
  if (first === undefined) {
    const end = endOf(journal.toReversed());
    return {
      then: end === undefined ? "nothing followed" : "nothing was left to do",
      seconds: 0,
      end: end ?? "not ended",
    };
  }
  return {
    then: `${did("WaveThawed") ? "thawed, " : ""}${did("WaveResumed") ? "resumed by a person" : "went on by itself"}`,
    seconds: (first.at - crash.at) / 1000,
    end: endOf(after) ?? "not ended",
  };
};
