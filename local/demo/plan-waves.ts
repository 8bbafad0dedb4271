import { z } from "zod";
import { callApi } from "../home/api-client.ts";
import type { ControlPlane } from "../home/start-control-plane.ts";
import type { DemoWave } from "./estate-declaration.ts";
import type { Tell } from "./tell.ts";
import { Refusal } from "./wave-api.ts";

const measured = z.union([z.number(), z.object({ unknown: z.object({ why: z.string() }) })]);
const planSchema = z.object({
  hash: z.string(),
  plan: z.object({
    waves: z.array(
      z.object({
        name: z.string(),
        topics: z.array(z.string()),
        groups: z.array(z.unknown()),
        clients: z.array(z.string()),
        reason: z.string(),
        size: z.object({ partitions: measured, bytes: measured }),
        risk: z.object({ level: z.string() }),
      }),
    ),
    findings: z.array(z.unknown()),
    undecided: z.array(z.object({ blocks: z.boolean() })),
  }),
});
type Planned = z.output<typeof planSchema>["plan"]["waves"][number];

/** Has the waves planned from the snapshots, tells the plan's table, and has it approved and accepted: the demo's waves, by the plan's names. */
export const planWaves = async (o: {
  readonly control: Pick<ControlPlane, "url" | "tokens">;
  readonly tell: Tell;
  readonly migration: string;
  readonly operator: string;
  readonly approver: string;
  readonly waves: readonly DemoWave[];
}): Promise<readonly DemoWave[]> => {
  const { control, tell, operator, approver } = o;
  const at = `/migrations/${o.migration}/plan`;
  const call = async (person: string, method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> => {
    const answer = await callApi({ url: control.url, token: control.tokens[person] ?? "" }, method, path, body);
    if (answer.status >= 400) throw new Refusal(answer.status, `${method} ${path} by ${person}`, answer.body);
    return answer.body;
  };
  const begun = Date.now();
  await call(operator, "POST", at);
  const { hash, plan } = planSchema.parse(await call(operator, "GET", at));
  tell(
    `a plan of the waves, proposed in ${((Date.now() - begun) / 1000).toFixed(1)} s: ${control.url}${at}?format=markdown`,
  );
  for (const line of planTable(plan.waves)) tell(`  ${line}`);
  for (const { name, reason } of plan.waves) tell(`  ${name}: ${reason}`);
  const blocking = plan.undecided.filter(({ blocks }) => blocks).length;
  tell(
    `  undecided: ${plan.undecided.length}, ${blocking} of which keep it from being accepted; findings: ${plan.findings.length}`,
  );
  await call(approver, "POST", `${at}/approve`, { hash });
  await call(operator, "POST", `${at}/accept`, { hash });
  tell(`${approver} approves plan ${hash.slice(0, 12)}, and ${operator} accepts it: its waves are the migration's`);
  return o.waves.map((wave) => ({ ...wave, name: nameOf(wave, plan.waves) }));
};

/** The plan's wave of just these topics: the demo's applications follow it, whatever the plan calls it. */
const nameOf = ({ name, topics }: DemoWave, planned: readonly Planned[]): string => {
  const wanted = topics.map((topic) => topic.name).toSorted();
  const found = planned.find((wave) => JSON.stringify(wave.topics.toSorted()) === JSON.stringify(wanted));
  if (found === undefined)
    throw new Error(
      `the plan has no wave of just the topics of the ${name} (${wanted.join(", ")}); it has ${planned.map((wave) => `${wave.name} (${wave.topics.join(", ")})`).join(", ")}`,
    );
  return found.name;
};

const planTable = (waves: readonly Planned[]): readonly string[] => {
  const rows = [
    ["wave", "topics", "groups", "clients", "partitions", "size", "risk"],
    ...waves.map(({ name, topics, groups, clients, size, risk }, index) => [
      `${index + 1}. ${name}`,
      String(topics.length),
      String(groups.length),
      String(clients.length),
      typeof size.partitions === "number" ? String(size.partitions) : "unknown",
      typeof size.bytes === "number" ? `${(size.bytes / 1e6).toFixed(1)} MB` : "unknown",
      risk.level,
    ]),
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  return rows.map(([name = "", ...cells]) => [name.padEnd(width), ...cells.map((cell) => cell.padStart(11))].join(""));
};
