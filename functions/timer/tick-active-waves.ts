import { tickActiveWaves } from "#use-cases/tick-active-waves.ts";
import { tickRequester, waveStore } from "../wire.ts";

export const handler = async (): Promise<{ readonly ticked: number }> => {
  const waves = await tickActiveWaves({ store: waveStore(), ticks: tickRequester() });
  return { ticked: waves.length };
};
