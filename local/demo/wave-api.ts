import { z } from "zod";
import { callApi } from "../home/api-client.ts";

const hold = z.object({ by: z.string(), reason: z.string(), cure: z.string() });

const waveAnswer = z.object({
  phase: z.string(),
  attempt: z.number(),
  hold: hold.optional(),
  gate: z.object({ step: z.string() }).optional(),
});
export type WaveNow = z.output<typeof waveAnswer>;

const check = z.object({ check: z.string(), verdict: z.string(), reason: z.string() });
const gate = z.object({
  gate: z.string(),
  step: z.string(),
  isOpen: z.boolean(),
  verdict: z.string(),
  evidenceHash: z.string().optional(),
  checks: z.array(check),
  approvals: z.array(z.object({ person: z.string() })).optional(),
});
export type GateNow = z.output<typeof gate>;

const entry = z.object({
  sequence: z.number(),
  event: z.string(),
  at: z.number(),
  by: z.string(),
  phase: z.string(),
  details: z.record(z.string(), z.unknown()),
});
export type Entry = z.output<typeof entry>;

/** Some answers carry their subject under its name. */
const under = <T extends z.ZodType>(name: string, schema: T): z.ZodType<z.output<T>> =>
  z.preprocess(
    (body) =>
      typeof body === "object" && body !== null && typeof Reflect.get(body, name) === "object"
        ? Reflect.get(body, name)
        : body,
    schema,
  );

export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, what: string, body: unknown) {
    super(`${what} was answered ${status}: ${JSON.stringify(body)}`);
    this.status = status;
  }
}

export type WaveApi = {
  postMigration(person: string, file: unknown): Promise<void>;
  start(person: string): Promise<void>;
  approve(person: string, gate: string, evidence: string): Promise<void>;
  seal(person: string, evidence: string): Promise<void>;
  retry(person: string): Promise<void>;
  wave(): Promise<WaveNow>;
  gates(): Promise<readonly GateNow[]>;
  journal(fromSequence: number): Promise<readonly Entry[]>;
};

/** One wave over HTTP, each call as the person who makes it; reads as `reader`. Refusals are thrown as `Refusal`. */
export const waveApi = (o: {
  readonly url: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly migration: string;
  readonly wave: string;
  readonly reader: string;
}): WaveApi => {
  const path = `/migrations/${o.migration}/waves/${o.wave}`;
  const call = async (person: string, method: "GET" | "POST", at: string, body?: unknown): Promise<unknown> => {
    const token = o.tokens[person];
    if (token === undefined) throw new Error(`no token for ${person}`);
    const answer = await callApi({ url: o.url, token }, method, at, body);
    if (answer.status >= 400) throw new Refusal(answer.status, `${method} ${at} by ${person}`, answer.body);
    return answer.body;
  };
  return {
    postMigration: async (person, file) => void (await call(person, "POST", "/migrations", file)),
    start: async (person) => void (await call(person, "POST", `${path}/start`)),
    approve: async (person, name, evidence) =>
      void (await call(person, "POST", `${path}/approve`, { gate: name, evidence })),
    seal: async (person, evidence) => void (await call(person, "POST", `${path}/seal`, { evidence })),
    retry: async (person) => void (await call(person, "POST", `${path}/retry`)),
    wave: async () => under("wave", waveAnswer).parse(await call(o.reader, "GET", path)),
    gates: async () => under("gates", z.array(gate)).parse(await call(o.reader, "GET", `${path}/gates`)),
    journal: async (from) =>
      under("entries", z.array(entry)).parse(await call(o.reader, "GET", `${path}/journal?from=${from}`)),
  };
};
