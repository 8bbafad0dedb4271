import type { JournalEntry } from "#core/journal/entry.ts";
import type { Announcer } from "#use-cases/ports/engine.ts";
import { recordWave, type WaveMetric } from "./metrics.ts";

/** What a journal entry counts as, once it was announced. */
export const metricsOf = ({ event, at, details }: JournalEntry): Partial<Record<WaveMetric, number>> => {
  const { frozenSince } = details;
  const froze = typeof frozenSince === "number" ? { FreezeSeconds: (at - frozenSince) / 1000 } : {};
  switch (event) {
    case "ProducersMoved":
      return froze;
    case "WaveThawed":
      return { ...froze, Thaws: 1 };
    case "WaveHeld":
    case "ThawClaimed":
    case "ThawRefused":
    case "WithdrawalClaimed":
      return { Holds: 1 };
    case "RollBackOrdered":
    case "RollBackForced":
      return { RollBacks: 1 };
    default:
      return {};
  }
};

/** Counts each entry that was announced, whoever of the stream and the tick announces it. */
export const countingAnnouncer = (announcer: Announcer): Announcer => ({
  async announce(entry) {
    await announcer.announce(entry);
    const { kind, cause } = entry.details;
    recordWave(entry, metricsOf(entry), {
      ...(typeof kind === "string" && { hold: kind }),
      ...(typeof cause === "string" && { cause }),
    });
  },
});
