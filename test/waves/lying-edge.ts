import { z } from "zod";
import { FUNCTIONS } from "#functions/manifest.ts";
import type { Lies, Tally } from "#local/edge/lies/armed.ts";
import type { WaveLab } from "./wave-lab.ts";

const tallySchema = z.record(z.string(), z.record(z.string(), z.number()));

export type LyingEdge = {
  /** From now on these lies are told; of what is not named, those that were. */
  arm(lies: Lies): Promise<void>;
  /** What became of copies, and how many calls were lied about, since the edge was started. */
  tally(): Promise<Tally>;
  /** Once more, shuffled, all that was ever delivered to functions that change something; or to these. */
  replay(names?: readonly string[]): Promise<Tally>;
};

export const CHANGING = FUNCTIONS.filter(
  ({ invokedBy }) => !(invokedBy.kind === "http" && invokedBy.route.startsWith("GET ")),
).map(({ name }) => name);
/** Of these nobody counts the answers: a copy that overtakes its original would take the effect from it. A command is asked for by a person, too. */
export const NOT_ASKED_BY_PEOPLE = CHANGING.filter((name) => !/^(http|commands)-/.test(name));

/** All that an event that came once too often may be answered; anything else is a defect. */
const ANSWERS = new Set([
  "200",
  "202",
  "403",
  "409",
  "busy",
  "completed",
  "done",
  "refused",
  "superseded",
  "ticked",
  "yielded",
  "StepLeased",
  // Connect rebalances when a wave's connector is created; whoever delivers tries again, as the state machine does. The same over HTTP.
  "RetryableFault",
  "503",
]);

export const unexpectedIn = (tally: Tally): readonly string[] =>
  Object.entries(tally).flatMap(([name, answers]) =>
    Object.keys(answers).flatMap((answer) => (ANSWERS.has(answer) ? [] : [`${name}: ${answer}`])),
  );

/** The switch of a lab that was started with `canLie`. */
export const lyingEdge = (lab: WaveLab): LyingEdge => {
  const call = async (method: "GET" | "POST", path: string, body?: unknown): Promise<Tally> => {
    const answer = await fetch(`${lab.control().endpoints.edge}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return tallySchema.parse(JSON.parse(text));
  };
  return {
    arm: async (lies) => void (await call("POST", "/_edge/lies", lies)),
    tally: () => call("GET", "/_edge/lies"),
    replay: (functions = CHANGING) => call("POST", "/_edge/lies/replay", { functions }),
  };
};
