import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { callApi } from "../home/api-client.ts";
import type { ControlPlane } from "../home/start-control-plane.ts";
import type { Tell } from "./tell.ts";
import { Refusal } from "./wave-api.ts";

type Side = "source" | "target";
const SIDES: readonly Side[] = ["source", "target"];

/** A call of the HTTP API, as a person who may. */
export type Call = (
  method: "GET" | "POST",
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly body: unknown }>;

const LOOK_EVERY_MILLISECONDS = 100;
const BOUND_SECONDS = 90;

const count = z.object({ items: z.number(), gaps: z.number() });
const header = z.object({ id: z.string(), counts: z.record(z.string(), count) });
const listSchema = z.object({ source: z.array(header), target: z.array(header) });
type Headers = Readonly<Record<Side, z.output<typeof header>>>;

const answered = async <T>(call: Call, schema: z.ZodType<T>, path: string): Promise<T> => {
  const { status, body } = await call("GET", path);
  if (status >= 400) throw new Refusal(status, `GET ${path}`, body);
  return schema.parse(body);
};

/** Has a snapshot of each cluster taken, and waits until both are whole: the newest of each. */
export const takeSnapshots = async (call: Call, migration: string): Promise<Headers> => {
  const path = `/migrations/${migration}/snapshots`;
  const newest = async () => {
    const { source, target } = await answered(call, listSchema, path);
    return { source: source[0], target: target[0] };
  };
  const before = await newest();
  const asked = await call("POST", path, {});
  if (asked.status >= 400) throw new Refusal(asked.status, `POST ${path}`, asked.body);
  for (const end = Date.now() + BOUND_SECONDS * 1000; ; ) {
    const { source, target } = await newest();
    if (
      source !== undefined &&
      source.id !== before.source?.id &&
      target !== undefined &&
      target.id !== before.target?.id
    )
      return { source, target };
    if (Date.now() > end) throw new Error(`waited ${BOUND_SECONDS} s in vain for a snapshot of each cluster`);
    await sleep(LOOK_EVERY_MILLISECONDS);
  }
};

type Asked = {
  readonly control: Pick<ControlPlane, "url" | "tokens">;
  readonly tell: Tell;
  readonly migration: string;
  readonly person: string;
};

const callAs = ({ control, person }: Asked): Call => {
  const token = control.tokens[person] ?? "";
  return (...given) => callApi({ url: control.url, token }, ...given);
};

/** Before any wave, since none is planned or starts on an estate that nobody has looked at: takes snapshots and tells what they know. */
export const knowEstate = async (o: Asked): Promise<void> => {
  const call = callAs(o);
  const begun = Date.now();
  const headers = await takeSnapshots(call, o.migration);
  o.tell(`a snapshot of each cluster, taken in ${((Date.now() - begun) / 1000).toFixed(1)} s:`);
  for (const line of await estateTable(call, o.migration, headers)) o.tell(`  ${line}`);
};

/** What the migration's file leaves open once its waves are known. */
export const tellRisks = async (o: Asked & { readonly waves: readonly string[] }): Promise<void> => {
  const call = callAs(o);
  const { undecided } = await answered(call, undecidedSchema, `/migrations/${o.migration}/dispositions`);
  o.tell(`items of which nobody has decided what becomes of them: ${undecided}`);
  for (const line of await Promise.all(o.waves.map((wave) => risksOf(call, o.migration, wave)))) o.tell(`  ${line}`);
};

const pageSchema = z.object({
  items: z.array(z.object({ item: z.object({ partitions: z.array(z.unknown()) }) })),
  next: z.string().optional(),
});
const flagsSchema = z.object({
  flags: z.array(
    z.object({
      id: z.string(),
      answer: z.union([z.boolean(), z.literal("unknown")]),
      waiver: z.object({ by: z.string() }).optional(),
    }),
  ),
});
const undecidedSchema = z.object({ undecided: z.number() });

/** What is known of both clusters by their newest snapshots, as lines of a table. */
const estateTable = async (call: Call, migration: string, headers: Headers): Promise<readonly string[]> => {
  const columns = ["topics", "partitions", "groups", "acls", "scram-users"] as const;
  const rows: string[] = [];
  for (const side of SIDES) {
    const partitions = await partitionsOn(call, migration, side);
    const cells = columns.map((kind) =>
      kind === "partitions" ? partitions : (headers[side].counts[kind]?.items ?? 0),
    );
    rows.push(line(side, cells));
  }
  return [line("estate", columns), ...rows];
};

/** What could go wrong with a wave, and which of it nobody has accepted. */
async function risksOf(call: Call, migration: string, wave: string): Promise<string> {
  const { flags } = await answered(call, flagsSchema, `/migrations/${migration}/flags?wave=${wave}`);
  const raised = flags.filter(({ answer }) => answer !== false);
  const open = raised.filter(({ waiver }) => waiver === undefined);
  const accepted = raised.filter(({ waiver }) => waiver !== undefined);
  return [
    `wave ${wave}: ${flags.length} risks asked about, ${flags.length - raised.length} not there`,
    ...(accepted.length === 0 ? [] : [`accepted by a named person: ${namesOf(accepted)}`]),
    ...(open.length === 0 ? [] : [`OPEN: ${namesOf(open)}`]),
  ].join("; ");
}

const namesOf = (flags: readonly { readonly id: string }[]): string => flags.map(({ id }) => id).join(", ");

async function partitionsOn(call: Call, migration: string, side: Side): Promise<number> {
  let partitions = 0;
  for (let after = ""; ; ) {
    const page: z.output<typeof pageSchema> = await answered(
      call,
      pageSchema,
      `/migrations/${migration}/snapshots/${side}/newest/topics?limit=100${after}`,
    );
    partitions += page.items.reduce((sum, { item }) => sum + item.partitions.length, 0);
    if (page.next === undefined) return partitions;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
}

const line = (name: string, cells: readonly (string | number)[]): string =>
  [name.padEnd(8), ...cells.map((cell) => String(cell).padStart(12))].join("");
