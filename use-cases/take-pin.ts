import { OperatorFault } from "#core/fault.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { PartitionMap } from "#core/kafka/topic-partition.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { MirrorComparison, PartitionFinding } from "./compare-mirror.ts";
import { compareToTheEnd, forwardOrigin, reverseOrigin } from "./compared-mirror.ts";
import { firstForeign, lateRecords, lateWriters } from "./late-writers.ts";
import type { Deps } from "./ports/deps.ts";
import type { Direction } from "./ports/replicator.ts";
import type { StepContext } from "./step-context.ts";
import { storedPositions } from "./stored-positions.ts";
import { type Fact, writeFact } from "./wave-facts.ts";
import { partitionsOf } from "./wave-topics.ts";

type Compared<A extends Side, B extends Side> = MirrorComparison<A, B>;

/**
 * The same point of both logs, once the attempt's last mirror is STOPPED: where the downstream log ends, and where its last
 * record stands upstream. By content, and not by the connector's offsets, which lag behind what a crashed worker had written.
 */
export async function takePin(
  { store }: Deps,
  context: StepContext,
  direction: Direction,
  takenBy: string,
): Promise<Fact<"pin">> {
  const { estate, plan, ref, stillMine } = context;
  const of = { ...ref, attempt: context.attempt };
  const frontier = await estate.replicator.replicatedThrough(direction, connectorName(ref, context.attempt, direction));
  const [sourceTopics, targetTopics] = await Promise.all([
    estate.source.topics.describe(plan.topics),
    estate.target.topics.describe(plan.topics),
  ]);
  const topicIds = Object.fromEntries(
    plan.topics.map((name) => [
      name,
      { source: sourceTopics.get(name)?.id ?? "", target: targetTopics.get(name)?.id ?? "" },
    ]),
  );
  const common = { attempt: context.attempt, direction, takenBy, topicIds };
  let pin: Fact<"pin">;
  if (direction === "forward") {
    const logs = { from: estate.source, to: estate.target };
    const compared = await compareToTheEnd(store.items, of, direction, logs, {
      begin: async () =>
        forwardOrigin(store.items, ref, context.attempt, logs, [...targetTopics.values()].flatMap(partitionsOf)),
      frontier,
      stillMine,
    });
    pin = {
      ...common,
      source: storedPositions(compared.cursors, ({ fromOffset }) => fromOffset),
      target: storedPositions(compared.cursors, ({ toOffset }) => toOffset),
      ...judged(compared),
    };
  } else {
    const compared = await compareToTheEnd(
      store.items,
      of,
      direction,
      { from: estate.target, to: estate.source },
      { begin: () => reverseOrigin(store.items, ref), frontier, stillMine },
    );
    refuseUnlessWhole(compared);
    const late = await lateWriters(store.items, ref, context.attempt);
    const foreignFrom = firstForeign(late.found, compared.findings);
    pin = {
      ...common,
      source: storedPositions(compared.cursors, ({ toOffset }) => toOffset),
      target: storedPositions(compared.cursors, ({ fromOffset }) => fromOffset),
      ...judged(compared),
      ...(late.found.length > 0 && { voidBecause: lateOnSource(lateRecords(late)) }),
      ...(Object.keys(foreignFrom).length > 0 && { foreignFrom }),
    };
  }
  await stillMine();
  await writeFact(store.items, ref, "pin", pin);
  return pin;
}

const lateOnSource = (records: number): string =>
  `${records} records of late writers are on the source only, so no point of its log has the same records before it as the target`;

/** Everything on the target must be on the source before any client goes back there. */
function refuseUnlessWhole<A extends Side, B extends Side>(compared: Compared<A, B>): void {
  const missing = compared.findings.filter((finding) => finding.kind === "missing" || finding.kind === "expired");
  const behind = [...compared.behind].filter(([, { from }]) => from > 0n);
  if (missing.length === 0 && behind.length === 0) return;
  throw new OperatorFault(
    `the source lacks records that the target has: ${[
      ...missing.map(({ reason }) => reason),
      ...behind.map(([key, { from }]) => `${key} lacks the last ${from} offsets`),
    ].join("; ")}; look at the reverse mirror`,
  );
}

function judged<A extends Side, B extends Side>(
  compared: Compared<A, B>,
): Pick<Fact<"pin">, "repeated"> & Partial<Pick<Fact<"pin">, "voidBecause">> {
  const repeated = sum(compared.cursors, "repeated");
  const foreign = sum(compared.cursors, "foreign");
  const missing = sum(compared.cursors, "missing");
  const bad: PartitionFinding | undefined = compared.findings.find((finding) => finding.kind !== "repeated");
  if (foreign + missing === 0 && bad === undefined) return { repeated };
  return {
    repeated,
    voidBecause: bad?.reason ?? `${foreign} foreign and ${missing} missing records were found since the mirror began`,
  };
}

const sum = <A extends Side, B extends Side>(
  cursors: Compared<A, B>["cursors"],
  of: "repeated" | "foreign" | "missing",
): number => [...(cursors as PartitionMap<Record<typeof of, number>>).values()].reduce((all, one) => all + one[of], 0);
