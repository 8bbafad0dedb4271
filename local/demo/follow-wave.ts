import { setTimeout as sleep } from "node:timers/promises";
import { sentenceOf } from "./journal-sentences.ts";
import type { Tell } from "./tell.ts";
import { type Entry, type GateNow, Refusal, type WaveApi, type WaveNow } from "./wave-api.ts";

/** Who closes which gate of people; a gate that is not named stays open. */
export type Approvers = Readonly<Partial<Record<"cutover" | "go" | "seal", string | readonly string[]>>>;

const LOOK_EVERY_MILLISECONDS = 600;
const TELL_WAITING_EVERY_MILLISECONDS = 5000;

/**
 * Follows a wave until it is sealed, or in the phase that is asked for, tells what happens, and closes its gates of people as
 * soon as what is measured passes. Throws where the wave holds, with its reason and cure, or takes longer than the bound.
 */
export const followWave = async (o: {
  readonly api: WaveApi;
  readonly approvers: Approvers;
  readonly tell: Tell;
  readonly boundSeconds: number;
  /** Told each journal entry once, in order; awaited. */
  readonly onEntry: (entry: Entry) => Promise<void>;
  readonly signal: AbortSignal;
  readonly until?: string;
  /** What an earlier call has told already. */
  readonly after?: readonly Entry[];
}): Promise<{ readonly entries: readonly Entry[]; readonly attempt: number }> => {
  const { api, tell } = o;
  const entries: Entry[] = [...(o.after ?? [])];
  const begun = Date.now();
  const gates = gateTeller(tell);
  let phase = o.after?.at(-1)?.phase ?? "";
  for (;;) {
    o.signal.throwIfAborted();
    const wave = await api.wave();
    for (const entry of await api.journal(entries.length + 1)) {
      entries.push(entry);
      const sentence = sentenceOf(entry);
      if (sentence !== undefined) tell(sentence);
      await o.onEntry(entry);
    }
    if (wave.phase !== phase) {
      phase = wave.phase;
      tell(`── ${phase} ──`);
    }
    if (phase === (o.until ?? "sealed")) return { entries, attempt: wave.attempt };
    if (wave.hold !== undefined) throw new Error(held(wave));
    if (wave.gate !== undefined) {
      const open = (await api.gates()).filter((gate) => gate.isOpen);
      gates(open);
      await closeGatesOfPeople(api, open, o.approvers, tell);
    }
    if (Date.now() - begun > o.boundSeconds * 1000)
      throw new Error(`the wave is still ${phase} after ${o.boundSeconds} s`);
    await sleep(LOOK_EVERY_MILLISECONDS, undefined, { signal: o.signal });
  }
};

const held = ({ phase, hold }: WaveNow): string => `the wave holds at ${phase}: ${hold?.reason}; ${hold?.cure}`;

const isClosedByPeople = (gate: GateNow): boolean => gate.evidenceHash !== undefined;

/** Tells each change of a gate's verdicts, and every few seconds what an open gate still waits for. */
const gateTeller = (tell: Tell): ((open: readonly GateNow[]) => void) => {
  const last = new Map<string, { verdicts: string; at: number }>();
  return (open) => {
    for (const gate of open.filter((one) => !isClosedByPeople(one))) {
      const verdicts = gate.checks.map(({ check, verdict }) => `${check} ${verdict}`).join();
      const before = last.get(gate.gate);
      const isDue = gate.verdict !== "pass" && Date.now() - (before?.at ?? 0) > TELL_WAITING_EVERY_MILLISECONDS;
      if (before?.verdicts === verdicts && !isDue) continue;
      last.set(gate.gate, { verdicts, at: Date.now() });
      tell(gateLine(gate));
    }
  };
};

const gateLine = ({ gate, verdict, checks }: GateNow): string => {
  const short = ({ check, reason }: GateNow["checks"][number]): string =>
    `${check}: ${reason.length > 110 ? `${reason.slice(0, 110)}…` : reason}`;
  const open = checks.filter((check) => check.verdict !== "pass");
  const name = `gate ${gate} ${verdict.toUpperCase()}`;
  if (open.length === 0) return `${name}: ${checks.slice(0, 2).map(short).join("; ")}${more(checks.length - 2)}`;
  const passed = checks.length - open.length;
  const waits = `${open.slice(0, 1).map(short).join()}${more(open.length - 1)}`;
  return `${name}: ${waits}${passed === 0 ? "" : ` (${passed} ${passed === 1 ? "check passes" : "checks pass"})`}`;
};

const more = (count: number): string => (count > 0 ? `; and ${count} more` : "");

/** Approves, once everything measured passes, what these people may; what changed meanwhile is left to the next look. */
export const closeGatesOfPeople = async (
  api: WaveApi,
  open: readonly GateNow[],
  approvers: Approvers,
  tell: Tell,
): Promise<void> => {
  // An approval covers the verdicts: given before they pass, it dies when they do.
  if (open.some(({ checks }) => checks.some(({ check, verdict }) => check !== "approval" && verdict !== "pass")))
    return;
  for (const gate of open) {
    const { evidenceHash } = gate;
    if (evidenceHash === undefined || gate.verdict === "pass") continue;
    const people = [approvers[gate.gate as keyof Approvers] ?? []].flat();
    for (const person of people) {
      if (gate.approvals?.some((approval) => approval.person === person)) continue;
      try {
        if (gate.gate === "seal") await api.seal(person, evidenceHash);
        else await api.approve(person, gate.gate, evidenceHash);
        tell(`${person} approves gate ${gate.gate} for evidence ${evidenceHash.slice(0, 12)}`);
      } catch (error) {
        // The evidence changed between the look and the approval, or the gate has just been passed: look again.
        if (!(error instanceof Refusal && error.status === 409)) throw error;
      }
    }
  }
};
