import { blocks, bullets, name, text } from "./markdown.ts";

export type PlanState = {
  readonly id: string;
  readonly hash: string;
  readonly by: string;
  readonly approval?: { readonly by: string; readonly at: number } | undefined;
  readonly accepted?: { readonly by: string; readonly at: number } | undefined;
  readonly voids: readonly { readonly says: string; readonly rule?: string | undefined }[];
};

/** Which plan this page is of, who said go, and whether that still counts. */
export const approvalSection = ({ id, hash, by, approval, accepted, voids }: PlanState): string =>
  `${blocks(
    "## Who approved it",
    bullets([
      `Plan ${name(id)}, proposed by ${name(by)}; its hash, which an approval names: ${name(hash)}`,
      approval === undefined ? "Nobody has approved it" : `Approved by ${name(approval.by)} at ${at(approval.at)}`,
      ...(accepted === undefined
        ? []
        : [`Its waves are those of the migration, as ${name(accepted.by)} accepted at ${at(accepted.at)}`]),
    ]),
    voids.length === 0
      ? undefined
      : approval === undefined
        ? "It cannot be approved as things stand:"
        : "**The approval is void**:",
    bullets(voids.map(({ says, rule }) => (rule === undefined ? text(says) : `${text(says)} (${name(rule)})`))),
  )}\n`;

const at = (milliseconds: number): string => new Date(milliseconds).toISOString();
