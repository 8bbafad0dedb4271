import { setTimeout as sleep } from "node:timers/promises";
import { closeGatesOfPeople } from "#local/demo/follow-wave.ts";
import { takeSnapshots } from "#local/demo/know-estate.ts";
import type { Tell } from "#local/demo/tell.ts";
import { type Entry, type WaveApi, waveApi } from "#local/demo/wave-api.ts";
import { callApi } from "#local/home/api-client.ts";
import type { ControlPlane } from "#local/home/start-control-plane.ts";
import { MIGRATION } from "./declaration.ts";

const OPERATOR = "olga";
const BOUND_SECONDS = 240;

export const apiOf = (control: ControlPlane, wave: string): WaveApi =>
  waveApi({ url: control.url, tokens: control.tokens, migration: MIGRATION, wave, reader: OPERATOR });

/** With a snapshot of each cluster, which the inventory gate asks for. */
export const postMigration = async (control: ControlPlane, file: unknown): Promise<void> => {
  await apiOf(control, "").postMigration(OPERATOR, file);
  const token = control.tokens[OPERATOR] ?? "";
  await takeSnapshots((...given) => callApi({ url: control.url, token }, ...given), MIGRATION);
};

type Approvers = Parameters<typeof closeGatesOfPeople>[2];

/** Looks until the wave is there, closing these gates of people as soon as they may be closed. Throws where the wave holds. */
const driveUntil = async (
  api: WaveApi,
  wave: string,
  approvers: Approvers,
  everyMilliseconds: number,
  isThere: (now: { readonly phase: string; readonly gate?: string }) => boolean,
  signal: AbortSignal,
): Promise<void> => {
  const begun = Date.now();
  for (;;) {
    const now = await api.wave();
    if (now.hold !== undefined) throw new Error(`wave ${wave} holds at ${now.phase}: ${now.hold.reason}`);
    if (isThere({ phase: now.phase, ...(now.gate === undefined ? {} : { gate: now.gate.step }) })) return;
    if (now.gate !== undefined) {
      const open = (await api.gates()).filter((gate) => gate.isOpen);
      await closeGatesOfPeople(api, open, approvers, silent);
    }
    if (Date.now() - begun > BOUND_SECONDS * 1000)
      throw new Error(`wave ${wave} is still ${now.phase} after ${BOUND_SECONDS} s`);
    await sleep(everyMilliseconds, undefined, { signal });
  }
};
const silent: Tell = () => undefined;

/** From planned to waiting for go. */
export const prepare = async (api: WaveApi, wave: string, signal: AbortSignal): Promise<void> => {
  await api.start(OPERATOR);
  await driveUntil(
    api,
    wave,
    { cutover: "carl" },
    1000,
    ({ phase, gate }) => phase === "cutover-ready" && gate === "freeze",
    signal,
  );
};

/** Says go, and follows the freeze until producers moved; the journal as it is then. */
export const freeze = async (api: WaveApi, wave: string, signal: AbortSignal): Promise<readonly Entry[]> => {
  await driveUntil(api, wave, { go: "carl" }, 250, ({ phase }) => phase === "producers-moved", signal);
  return api.journal(1);
};

/** Follows a wave that something else sends back; the journal as it is once it is rolled back. */
export const followBack = async (api: WaveApi, wave: string, signal: AbortSignal): Promise<readonly Entry[]> => {
  await driveUntil(api, wave, {}, 250, ({ phase }) => phase === "rolled-back", signal);
  return api.journal(1);
};

export const seal = (api: WaveApi, wave: string, signal: AbortSignal): Promise<void> =>
  driveUntil(api, wave, { seal: ["carl", "sara"] }, 1000, ({ phase }) => phase === "sealed", signal);
