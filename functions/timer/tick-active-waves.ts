import { tickActiveWaves } from "#use-cases/tick-active-waves.ts";
import { observed, tell } from "../telemetry.ts";
import { tickRequester, waveStore } from "../wire.ts";

export const handler = observed(
  { about: () => ({}), outcome: ({ ticked }: { readonly ticked: number }) => ({ ticked }) },
  async () => {
    const waves = await tickActiveWaves({ store: waveStore(), ticks: tickRequester() });
    for (const ref of waves) tell("tick requested", ref);
    return { ticked: waves.length };
  },
);
