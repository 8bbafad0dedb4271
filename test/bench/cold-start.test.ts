import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FUNCTIONS } from "#functions/manifest.ts";
import { eventFor } from "../../bench/cold-start/events.ts";
import { coldStart } from "../../bench/cold-start/fresh-process.ts";

it("tells import, first call and what came of it, whatever the handler writes itself", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-cold-"));
  try {
    const answers = join(folder, "answers.mjs");
    await writeFile(
      answers,
      'export const handler = async (e) => { console.log("{}"); return { statusCode: e.status }; };',
    );
    const fails = join(folder, "fails.mjs");
    await writeFile(fails, "export const handler = async () => { throw new RangeError(); };");
    expect(await coldStart(answers, { status: 404 }, {})).toEqual({
      importMilliseconds: expect.any(Number),
      callMilliseconds: expect.any(Number),
      outcome: "404",
    });
    expect(await coldStart(fails, {}, {})).toMatchObject({ outcome: "RangeError" });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("has an event for every function", () => {
  for (const entry of FUNCTIONS) expect(eventFor(entry), entry.name).toBeTypeOf("object");
});
