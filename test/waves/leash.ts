import { setTimeout as sleep } from "node:timers/promises";
import { deafSwitchOf, type LabWaveRun, type Position, type WaveLab } from "./wave-lab.ts";

const LOOK_EVERY_MILLISECONDS = 100;

export type Leash = {
  /** From here on it stays where it is, whatever its switch says. */
  cut(): Promise<void>;
};

/** A client that was started deaf is told what its switch says, as long as that is one of these. */
export function leash(
  lab: WaveLab,
  wave: LabWaveRun,
  client: string,
  follows: readonly Position[] = ["source", "paused", "target"],
): Leash {
  let isCut = false;
  const lead = async (): Promise<void> => {
    for (let last: string | undefined = "source"; !isCut; await sleep(LOOK_EVERY_MILLISECONDS)) {
      const said = await wave.position(client);
      const wanted = follows.find((one) => one === said);
      if (wanted === undefined || wanted === last) continue;
      await lab.setParameter(deafSwitchOf(client), wanted);
      last = wanted;
    }
  };
  const leading = lead();
  return {
    async cut() {
      isCut = true;
      await leading;
    },
  };
}
