import * as z from "#core/schema.ts";
import { gateListSchema, journalPageSchema, waveListSchema, waveSchema } from "./answers.ts";
import { contract, from, limit, migrationPath, wavePath } from "./contract.ts";

export const listWavesContract = contract({
  summary: "List a migration's waves, in the order of its file",
  who: { may: "readers" },
  path: migrationPath,
  answers: { 200: { schema: waveListSchema, description: "Each with its phase and its way back" } },
  refusals: [404],
  example: { status: 200 },
});

export const readWaveContract = contract({
  summary: "Read one wave: its phase, its hold, and whether it can still go back",
  who: { may: "readers" },
  path: wavePath,
  answers: { 200: { schema: waveSchema, description: "As it is now" } },
  refusals: [404],
  example: { status: 200 },
});

export const readGatesContract = contract({
  summary: "Read every gate of a wave as it stands now",
  description: "An approval names the `evidenceHash` that its gate shows here.",
  who: { may: "readers" },
  path: wavePath,
  answers: { 200: { schema: gateListSchema, description: "In the order of the lifecycle" } },
  refusals: [404],
  example: { status: 200 },
});

export const readJournalContract = contract({
  summary: "Read a wave's journal, and whether its hash chain is unbroken",
  who: { may: "readers" },
  path: wavePath,
  /** A page must fit the 6 MB that a function may answer. */
  query: z.object({
    from: from("First sequence to answer"),
    limit: limit(500, 100, "Most entries to answer"),
  }),
  answers: { 200: { schema: journalPageSchema, description: "One page" } },
  refusals: [404],
  example: { query: { from: "1", limit: "100" }, status: 200 },
});
