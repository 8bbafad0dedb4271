import { expect, test } from "vitest";
import { followWave } from "#local/demo/follow-wave.ts";
import { type Entry, type GateNow, Refusal, type WaveApi, type WaveNow } from "#local/demo/wave-api.ts";

const approvers = { cutover: "carl", go: "carl", seal: ["carl", "sara"] };

const entry = (sequence: number, event: string, details: Record<string, unknown> = {}): Entry => ({
  sequence,
  event,
  at: sequence,
  by: "sluice",
  phase: "planned",
  details,
});
const measured = (verdict: string): GateNow => ({
  gate: "observation",
  step: "seal",
  isOpen: true,
  verdict,
  checks: [{ check: "delay", verdict, reason: "12 of 20 samples" }],
});
const ofPeople = (approvals: string[], evidenceHash = "abc"): GateNow => ({
  gate: "seal",
  step: "seal",
  isOpen: true,
  verdict: "hold",
  evidenceHash,
  checks: [],
  approvals: approvals.map((person) => ({ person })),
});

/** Answers look by look; the last one stays. */
const apiOf = (looks: { wave: WaveNow; gates?: GateNow[]; entries?: Entry[] }[]) => {
  const calls: string[] = [];
  let at = -1;
  const now = () => looks[Math.min(at, looks.length - 1)] ?? { wave: { phase: "planned", attempt: 1 } };
  const api: WaveApi = {
    postMigration: async () => undefined,
    start: async () => undefined,
    approve: async (person, gate, evidence) => void calls.push(`${person} approves ${gate} ${evidence}`),
    seal: async (person, evidence) => void calls.push(`${person} seals ${evidence}`),
    retry: async () => undefined,
    wave: async () => {
      at++;
      return now().wave;
    },
    gates: async () => now().gates ?? [],
    journal: async (from) => (now().entries ?? []).filter((one) => one.sequence >= from),
  };
  return { api, calls };
};
const follow = async (api: WaveApi) => {
  const told: string[] = [];
  const seen: number[] = [];
  const followed = await followWave({
    api,
    approvers,
    tell: (line) => told.push(line),
    boundSeconds: 20,
    onEntry: async (one) => void seen.push(one.sequence),
    signal: new AbortController().signal,
  });
  return { ...followed, told, seen };
};
const waiting: WaveNow = { phase: "producers-moved", attempt: 1, gate: { step: "seal" } };

test("each entry is told once, and people approve only when what is measured passes, each once per evidence", async () => {
  const { api, calls } = apiOf([
    { wave: waiting, gates: [measured("hold"), ofPeople([])], entries: [entry(1, "WaveStarted")] },
    { wave: waiting, gates: [measured("pass"), ofPeople([])], entries: [entry(1, "WaveStarted")] },
    { wave: waiting, gates: [measured("pass"), ofPeople(["carl"])] },
    { wave: waiting, gates: [measured("pass"), ofPeople([], "changed")] },
    { wave: { phase: "sealed", attempt: 2 }, entries: [entry(1, "WaveStarted"), entry(2, "WaveSealed")] },
  ]);
  const { told, seen, attempt } = await follow(api);
  expect(calls).toEqual([
    "carl seals abc",
    "sara seals abc",
    "sara seals abc",
    "carl seals changed",
    "sara seals changed",
  ]);
  expect(seen).toEqual([1, 2]);
  expect(attempt).toBe(2);
  expect(told).toContain("gate observation HOLD: delay: 12 of 20 samples");
});

test("an approval that comes too late is looked at again, any other refusal ends the demo", async () => {
  const { api } = apiOf([{ wave: waiting, gates: [ofPeople([])] }, { wave: { phase: "sealed", attempt: 1 } }]);
  const late = { ...api, seal: async () => Promise.reject(new Refusal(409, "seal", {})) };
  expect((await follow(late)).attempt).toBe(1);
  const { api: again } = apiOf([{ wave: waiting, gates: [ofPeople([])] }]);
  const forbidden = { ...again, seal: async () => Promise.reject(new Refusal(403, "seal", { detail: "role" })) };
  await expect(follow(forbidden)).rejects.toThrow('seal was answered 403: {"detail":"role"}');
});

test("a wave that holds ends the demo with its reason and cure", async () => {
  const hold = { by: "sluice", reason: "group billing does not stop", cure: "stop it" };
  const { api } = apiOf([{ wave: { phase: "moving-consumers", attempt: 1, hold } }]);
  await expect(follow(api)).rejects.toThrow("the wave holds at moving-consumers: group billing does not stop; stop it");
});
