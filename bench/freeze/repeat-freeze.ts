import { setTimeout as sleep } from "node:timers/promises";
import { readLiveJournals } from "#local/demo/checker/journal-lines.ts";
import { pausesOf } from "#local/demo/checker/pauses.ts";
import { freezeShare } from "#local/demo/freeze-share.ts";
import type { BareCalls } from "../waves/bare-calls.ts";
import type { Bench } from "../waves/bench.ts";
import { producerUsers } from "../waves/declaration.ts";
import { apiOf, freeze, seal } from "../waves/drive-wave.ts";
import { type Repeated, repeatOnWaves } from "../waves/repeat-on-waves.ts";
import { acknowledgedPerSecond } from "../waves/watch-clients.ts";
import type { Floor, Repetition } from "./figures.ts";

/** Load before the freeze; the rate is taken from what follows its first second. */
const LOAD_MILLISECONDS = 5000;
/** Producers go on writing on the target so long before their journals are read. */
const GOES_ON_MILLISECONDS = 1000;

/** Every wave frozen under load while no other is being changed, then sealed. */
export const repeatFreeze = (bench: Bench): Promise<Repeated<Repetition>> =>
  repeatOnWaves(bench, {
    sideBySide: 4,
    once: (wave, calls) => freezeOnce(bench, calls, wave),
    sentence: ({ controlPlane, producersView, recordsPerSecond }) =>
      `control plane's share ${controlPlane.milliseconds} ms, producers' view ${producersView} ms, at ${recordsPerSecond.toFixed(0)} records/s`,
    end: (wave) => seal(apiOf(bench.control, wave), wave, bench.signal),
    whole: "target",
    ended: "sealed",
  });

const freezeOnce = async ({ estate, control, signal }: Bench, calls: BareCalls, wave: string): Promise<Repetition> => {
  const loadFrom = Date.now() + 1000;
  // The floor is measured under the same load, and its connector runs again well before the freeze.
  const [floor] = await Promise.all([floorOf(calls), sleep(LOAD_MILLISECONDS, undefined, { signal })]);
  const entries = await freeze(apiOf(control, wave), wave, signal);
  await sleep(GOES_ON_MILLISECONDS, undefined, { signal });
  const controlPlane = freezeShare(entries);
  if (controlPlane === undefined) throw new Error(`the journal of ${wave} tells of no freeze`);
  const lines = readLiveJournals(estate.journalOf(wave));
  const pauses = pausesOf(lines, "acknowledged").filter((pause) => producerUsers.includes(pause.client));
  if (pauses.length !== producerUsers.length)
    throw new Error(`${pauses.length} of ${producerUsers.length} producers of ${wave} wrote on both clusters`);
  const loadUntil = Math.min(...pauses.map((pause) => pause.lastAt));
  return {
    wave,
    controlPlane,
    producersView: Math.max(...pauses.map((pause) => pause.firstAt - pause.lastAt)),
    recordsPerSecond: acknowledgedPerSecond(lines, "source", loadFrom, loadUntil),
    floor,
  };
};

const floorOf = async (calls: BareCalls): Promise<Floor> => {
  const fence = await calls.fence();
  const stop = await calls.stop();
  const offsets = await calls.offsets();
  await calls.resume();
  return { fence, stop, offsets };
};
