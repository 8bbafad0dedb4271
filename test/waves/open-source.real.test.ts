import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { FLAG_IDS } from "#core/inventory/flags/flag-id.ts";
import { takeSnapshots } from "#local/demo/know-estate.ts";
import { MIGRATION, OPERATOR } from "./lab-declaration.ts";
import { startWaveLab, type WaveLab } from "./wave-lab.ts";

let lab: WaveLab;
beforeAll(async () => {
  lab = await startWaveLab({
    waves: [{ name: "open", producers: 2, liveGroups: 2 }],
    isSourceOpen: true,
    isSecure: true,
  });
  await lab.post(lab.file());
});
afterAll(() => lab?.stop());

test("a wave whose topics have no ACL, on a source that then allows everyone, is sealed, each record processed exactly once; all over TLS, by password and by certificate", async () => {
  const wave = lab.wave("open");
  await wave.startApplications();
  await wave.command("start");
  await wave.follow({ seconds: 90, until: (row) => row.phase === "sealed" });
  expect(await wave.findings()).toEqual([]);
  const journal = await wave.journal();
  const judged = journal.findIndex(({ event, details }) => event === "GateJudged" && isInventoryPassed(details));
  const claimed = journal.findIndex(({ event }) => event === "StepClaimed");
  expect(judged).toBeGreaterThan(0);
  expect(judged).toBeLessThan(claimed);
  // What a gate has passed on does not expire.
  const kept = z.array(z.object({ keptFor: z.array(z.string()) }));
  expect(await read("snapshots", z.object({ source: kept, target: kept }))).toEqual({
    source: [{ keptFor: ["gate inventory of wave open", "plan"] }],
    target: [{ keptFor: ["gate inventory of wave open"] }],
  });
});

const isInventoryPassed = (details: unknown): boolean =>
  z
    .object({ verdicts: z.tuple([z.object({ gate: z.literal("inventory"), verdict: z.literal("pass") })]) })
    .safeParse(details).success;

/** What the API answers an operator. */
const read = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
  const { status, body } = await lab.call(OPERATOR, "GET", `/migrations/${MIGRATION}/${path}`);
  expect([path, status]).toEqual([path, 200]);
  return schema.parse(body);
};
const named = z.object({ items: z.array(z.object({ name: z.string(), item: z.looseObject({}) })) });

test("its estate is known by a snapshot of each cluster: what is there, what is risky, what becomes of it, what differs", async () => {
  await takeSnapshots((...given) => lab.call(OPERATOR, ...given), MIGRATION);
  const { topic, liveGroups } = lab.wave("open").declared;
  for (const side of ["source", "target"]) {
    const topics = await read(`snapshots/${side}/newest/topics?contains=${topic}`, named);
    expect(topics.items.map(({ name }) => name)).toEqual([topic]);
    expect(topics.items[0]?.item["partitions"]).toHaveLength(2);
    const groups = await read(`snapshots/${side}/newest/groups?limit=1000`, named);
    expect(groups.items.map(({ name }) => name)).toEqual(expect.arrayContaining([...liveGroups]));
  }
  const { flags } = await read(
    "flags",
    z.object({ flags: z.array(z.object({ id: z.string(), answer: z.union([z.boolean(), z.literal("unknown")]) })) }),
  );
  expect(flags.map(({ id }) => id).toSorted()).toEqual([...FLAG_IDS].toSorted());
  expect(flags).toContainEqual({ id: "everyone-allowed", answer: true });
  const fates = z.object({ items: z.array(z.object({ name: z.string(), disposition: z.string() })) });
  expect((await read("dispositions?kind=topics&limit=1000", fates)).items).toContainEqual(
    expect.objectContaining({ name: topic, disposition: "migrate" }),
  );
  const clients = await read("clients?limit=1000", z.object({ items: z.array(z.object({ name: z.string() })) }));
  expect(clients.items.map(({ name }) => name)).toContain("open-writer");
  const drift = await read(
    "drift?from=source/newest&to=target/newest",
    z.object({ between: z.string(), changes: z.array(z.object({ name: z.string(), says: z.string() })) }),
  );
  expect(drift.between).toBe("sides");
  expect(drift.changes.length).toBeGreaterThan(0);
});
