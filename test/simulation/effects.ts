import type { Call } from "../in-memory/observed.ts";

const OUTSIDE =
  /^(source|target)\.(topics\.(create|setConfigs|delete)|rights\.(add|remove)|groups\.(commit|removeMembers))$|^replicator\.(ensure|stop|resume|remove|startFrom|restartFailed)$|^workers\.(launch|release)$|^clientSwitch\.(stop|start)$/;
const OWN =
  /^store\.write$|^items\.(put|remove|takeLease|releaseLease)$|^engine\.(start|sendToken)$|^deadlines\.|^ticks\.|^announcer\.|^snapshots\.keep$/;
const known = new Map<string, "outside" | "own" | undefined>();

const kindOf = ({ name }: Call): "outside" | "own" | undefined => {
  if (!known.has(name)) known.set(name, OUTSIDE.test(name) ? "outside" : OWN.test(name) ? "own" : undefined);
  return known.get(name);
};

/** Calls that change something, outside or in what Sluice itself keeps. */
export const isEffect = (call: Call): boolean => kindOf(call) !== undefined;
/** Calls that change clusters, mirrors or clients. */
export const isOutside = (call: Call): boolean => kindOf(call) === "outside";
/** Calls that have changed something before they answer: a stop is waited for. */
export const isOrder = (call: Call): boolean => call.name === "replicator.stop";
