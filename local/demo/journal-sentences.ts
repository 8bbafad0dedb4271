import { z } from "zod";
import type { Entry } from "./wave-api.ts";

const laps = z.object({ milliseconds: z.record(z.string(), z.number()) });

const lapsOf = (entry: Entry): string => {
  const found = laps.safeParse(entry.details);
  if (!found.success) return "";
  const parts = Object.entries(found.data.milliseconds).map(([name, milliseconds]) => `${name} ${milliseconds}`);
  return ` (ms: ${parts.join(", ")})`;
};

/** Those that moved with the producers. */
const groupsOf = (entry: Entry): string => {
  const { groups } = z.object({ groups: z.array(z.object({ group: z.string() })).default([]) }).parse(entry.details);
  return groups.length === 0 ? "" : `; translated: group ${groups.map((one) => one.group).join(", ")}`;
};

const text = (entry: Entry, name: string): string => String(entry.details[name] ?? "?");

/** What a journal entry says to somebody who watches; undefined where it says nothing new. */
export const sentenceOf = (entry: Entry): string | undefined => {
  switch (entry.event) {
    case "WavePlanned":
      return `is a wave of the plan that ${text(entry, "approvedBy")} approved and ${entry.by} accepted`;
    case "WaveStarted":
      return `${entry.by} starts the wave`;
    case "ReplicationStarted":
      return `target topics and rights made, forward worker and mirror running`;
    case "GateOpened":
      return `waiting at gates: ${list(entry.details["gates"])}`;
    case "GatePassed":
      return `gates passed: ${list(entry.details["gates"])}`;
    case "ApprovalGiven":
    case "StepClaimed":
    // The gates themselves are told as they stand.
    case "GateJudged":
      return undefined;
    case "ConsumersMoved":
      return "every group consumes on the target";
    case "CutoverPrepared":
      return "reverse worker and mirror stand ready, STOPPED; everything the freeze needs is proved";
    case "GroupTranslated": {
      const { partitions } = z.object({ partitions: z.array(z.unknown()) }).parse(entry.details);
      return `group ${text(entry, "group")}: stopped, translated on ${partitions.length} partitions`;
    }
    case "GroupMoved":
      return `group ${text(entry, "group")}: moved${entry.details["client"] === null ? " (idle)" : `, stood still ${text(entry, "pauseSeconds")} s`}`;
    case "WaveFrozen":
      return `FROZEN: nobody writes to the source${lapsOf(entry)}`;
    case "DrainProved":
      return `drained: all of the source is on the target${groupsOf(entry)}${lapsOf(entry)}`;
    case "ProducersMoved":
      return `producers write on the target${lapsOf(entry)}`;
    case "WaveThawed":
      return `thawed: those that write are on the source again`;
    case "RollBackOrdered":
      return `ROLL-BACK ordered by ${entry.by} (${text(entry, "cause")}): ${text(entry, "reason")}`;
    case "ReturnClaimed":
      return `all that the target has is on the source, groups translated back; pin ${text(entry, "pin")}${lapsOf(entry)}`;
    case "WaveRolledBack":
      return `ROLLED BACK: every client is on the source again${lapsOf(entry)}`;
    case "RollBackWithdrawn":
      return `roll-back withdrawn: clients go on on the target`;
    case "WaveRetried":
      return `${entry.by} retries the wave: attempt ${text(entry, "attempt")}`;
    case "PinUsed":
      return "the mirror goes on at the pin";
    case "TargetTopicsRenewed":
      return `fresh target topics, since ${text(entry, "because")}`;
    case "RollbackJudged":
      return `roll-back rules and alarms: ${JSON.stringify(entry.details["verdicts"] ?? entry.details).slice(0, 200)}`;
    case "WaveSealed":
      return `sealed: mirrors and workers are gone, the fence stays on the source`;
    case "WaveHeld":
      return `HELD: ${text(entry, "reason")}; ${text(entry, "cure")}`;
    default:
      return `${entry.event}${Object.keys(entry.details).length === 0 ? "" : ` ${JSON.stringify(entry.details).slice(0, 160)}`}`;
  }
};

const list = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(", ") : String(value));
