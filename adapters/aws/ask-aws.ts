import { OperatorFault } from "#core/fault.ts";
import type { Source } from "#core/inventory/source.ts";
import { type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import { callAws } from "./call-aws.ts";

export type AwsQuestion = {
  readonly source: Source;
  /** What is done, as a sentence goes on: "listing the nodes of …". */
  readonly doing: string;
  /** As IAM calls it, and the resource that it is needed on. */
  readonly action: string;
  readonly on: string;
};

/** One question of a snapshot to AWS: what is not answered is unknown, never a fault, and what was refused names the action to allow. */
export async function askAws<T>(o: AwsQuestion, call: () => Promise<T>): Promise<OrUnknown<T>> {
  try {
    return await callAws(o.doing, call);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const says = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    if (!(error instanceof OperatorFault)) return unknown(o.source, `${o.doing} failed (${says})`);
    return unknown(
      o.source,
      `${o.doing} was refused (${says})`,
      `allow ${o.action} on ${o.on} to the role of the function inventory-take-snapshot, or correct its credentials`,
    );
  }
}
