/** A person's commands on one wave. One whose effect already holds answers 200 with the state. */

import { ALL_GATES } from "#core/gate/gates.ts";
import type { Role } from "#core/people/people.ts";
import * as z from "#core/schema.ts";
import type { GateName } from "#core/wave/lifecycle.ts";
import { commandAnswerSchema } from "./answers.ts";
import { type Contract, contract, wavePath } from "./contract.ts";

export const IDEMPOTENCY_KEY = "Idempotency-Key";
export const idempotencyKeySchema = z.string().check(
  z.regex(/^[\x21-\x7e]{1,128}$/, "expected 1 to 128 visible ASCII characters, such as a UUID"),
  z.meta({
    description:
      "The caller's own name for this command. Sent again with it, however late, the command is done once; without it a command that comes again is judged by the wave as it is then.",
    examples: ["4f1d0c9e-8a53-4b0e-9d8e-0d5f4a1c7b21"],
  }),
);

// Without the mark each command's function would carry the schemas of all.
/* @__NO_SIDE_EFFECTS__ */
const command = <Body = undefined>(
  c: Pick<Contract<unknown, undefined, Body>, "summary" | "description" | "body" | "example">,
  ...roles: readonly [Role, ...Role[]]
) =>
  contract({
    ...c,
    who: { may: "role", roles },
    path: wavePath,
    headers: { [IDEMPOTENCY_KEY]: idempotencyKeySchema },
    answers: { 200: { schema: commandAnswerSchema, description: "Done, or it already was: the wave as it is now" } },
    refusals: [404, 409],
  });

const reason = (byDefault: string) =>
  z
    ._default(z.string().check(z.minLength(1)), byDefault)
    .check(z.describe("Goes into the journal, and to everyone who listens"));
const evidence = z.string().check(z.minLength(1), z.describe("evidenceHash of the gate, as GET …/gates shows it"));
const EXAMPLE_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

export const startWaveContract = command({ summary: "Start a wave", example: { status: 200 } }, "operator");

export const approveGateContract = command(
  {
    summary: "Approve a gate for exactly the evidence that it shows",
    description: "`cutover` and `go` need one cutover-approver, `seal` two different seal-approvers.",
    body: z.strictObject({ gate: z.enum(ALL_GATES as [GateName, ...GateName[]]), evidence }),
    example: { body: { gate: "go", evidence: EXAMPLE_HASH }, status: 409 },
  },
  "cutover-approver",
  "seal-approver",
);

export const sealWaveContract = command(
  {
    summary: "Approve gate seal",
    description: "The second person's approval lets the wave seal: from then on there is no way back.",
    body: z.strictObject({ evidence }),
    example: { body: { evidence: EXAMPLE_HASH }, status: 409 },
  },
  "seal-approver",
);

export const holdWaveContract = command(
  {
    summary: "Stop a wave where it is, changing nothing",
    body: z.strictObject({ reason: reason("held by a person") }),
    example: { body: { reason: "the ledger team is in a release" }, status: 200 },
  },
  "operator",
);

export const resumeWaveContract = command(
  { summary: "Take a held wave up again", example: { status: 200 } },
  "operator",
);

export const thawWaveContract = command(
  {
    summary: "Lift the freeze that stands now",
    description: "The clients that write start on the source again, and the wave is held.",
    body: z.strictObject({ reason: reason("ordered by a person") }),
    example: { body: { reason: "the payment provider calls" }, status: 409 },
  },
  "operator",
);

const count = z.int().check(z.minimum(0));

export const rollBackWaveContract = command(
  {
    summary: "Return a wave's clients to the source",
    description: "A frozen wave thaws first.",
    body: z.strictObject({
      reason: reason("ordered by a person"),
      forced: z
        .optional(z.strictObject({ loses: count, repeats: z.record(z.string(), count) }))
        .check(
          z.describe(
            "Only where the target does not answer: what the wave's `wayBack.forced` says that it costs, confirmed to the number",
          ),
        ),
    }),
    example: { body: { reason: "the ledger disagrees with the bank" }, status: 200 },
  },
  "operator",
);

export const abortWaveContract = command(
  {
    summary: "Give a wave up before any client has moved",
    body: z.strictObject({
      reason: reason("ordered by a person"),
      deleteTargetTopics: z
        ._default(z.boolean(), false)
        .check(z.describe("The topics that this wave created on the target, with all that was mirrored there")),
    }),
    example: { body: { reason: "the wave is cut anew", deleteTargetTopics: true }, status: 200 },
  },
  "operator",
);

export const retryWaveContract = command(
  { summary: "Begin another attempt of a wave that was rolled back or aborted", example: { status: 200 } },
  "operator",
);
