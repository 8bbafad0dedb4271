import { isUnknown, type OrUnknown, orElse, type Unknown } from "#core/inventory/unknown.ts";
import type { Plan } from "../plan.ts";
import { type Candidate, chosenOf } from "../sizing/target-size.ts";
import { bytes, bytesPerSecond, count, money, percent, told } from "./figures.ts";
import { blocks, bullets, code, json, name, nameInCell, table, text } from "./markdown.ts";

export const sizingSection = (plan: Plan): string =>
  blocks("## Sizing", mirrorPart(plan), quotaPart(plan), targetPart(plan), specPart(plan));

function mirrorPart({ sizing: { mirror } }: Plan): string {
  const { task, headroom, waves, tasksPerConnector, tasksDeclared, workers } = mirror;
  return blocks(
    "### The mirror",
    bullets([
      `One task copies ${told(task, ({ bytesPerSecond: rate, from }) => `${bytesPerSecond(rate)} (${text(from)})`)}; ${percent(headroom)} of it stays free for catching up.`,
      `\`replicator.tasksPerConnector\`: ${told(tasksPerConnector, (tasks) => `at least ${count(tasks)}, for the largest wave`)}; the file has ${count(tasksDeclared)}.`,
      `Workers of the size that was measured, in each direction: ${told(workers, (many) =>
        many > 1
          ? `${count(many)}. Sluice runs one in each direction: give it ${count(many)} times the processors and memory, or cut the largest wave`
          : count(many),
      )}.`,
    ]),
    waves.length === 0
      ? undefined
      : table(
          [
            "Wave",
            "Busy topics",
            "Tasks for them",
            "Quiet topics",
            "Tasks for them",
            "Not measured",
            "Tasks",
            "Workers",
          ],
          waves.map((wave) => [
            nameInCell(wave.wave),
            count(wave.busy.length),
            `${told(wave.busyTasks, count)}${wave.isBeyondPartitions ? ", all that its partitions allow, and too few" : ""}`,
            count(wave.quiet.length),
            told(wave.quietTasks, count),
            count(wave.notMeasured.length),
            told(wave.tasks, count),
            told(wave.workers, count),
          ]),
        ),
  );
}

const quotaPart = ({ sizing: { quotas } }: Plan): string =>
  blocks(
    "### Quotas that protect the clusters",
    "Each broker holds a quota for itself: the figures are as if leaders were spread evenly.",
    table(
      ["Mirror", "Cluster", "Principal", "Quota", "Bytes a second of each broker", "Because"],
      quotas.map(({ direction, side, principal, property, bytesPerSecondPerBroker, because }) => [
        direction,
        side,
        principal === undefined ? "named by its secret only" : nameInCell(principal),
        `\`${property}\``,
        told(bytesPerSecondPerBroker, count),
        text(because),
      ]),
    ),
    code(quotas.flatMap(({ command }) => command ?? []).join("\n")),
  );

function targetPart({ sizing: { target }, costs }: Plan): string {
  const { need, chosen, headroom } = target;
  const missed = need.notMeasured;
  return blocks(
    "### The target",
    isUnknown(chosen)
      ? unknownWithCure(chosen)
      : `**${count(chosen.brokers)} × ${name(chosen.instance)}**: ${text(target.because)}; ${percent(headroom)} stays free${
          chosen.volumeGibibytes === undefined ? "" : `, and each broker has ${count(chosen.volumeGibibytes)} GiB`
        }.`,
    bullets([
      `${count(need.topics)} topics, ${count(need.partitions)} partitions with ${need.replicas} replicas`,
      `${bytesPerSecond(need.ingressBytesPerSecond)} written, ${bytesPerSecond(need.egressBytesPerSecond)} read by groups and the reverse mirror`,
      `${bytes(need.heldBytes)} held with replicas${
        need.growthSeconds === undefined
          ? "; what is kept until the seal is not counted, since nobody said how long that is"
          : `, and ${bytes(need.growthBytes)} written until the last seal`
      }`,
      ...(missed.bytesPerSecond.length + missed.bytes.length + missed.partitions.length === 0
        ? []
        : [
            `Not measured, and in none of these sums: writes of ${count(missed.bytesPerSecond.length)}, size of ${count(missed.bytes.length)}, partitions of ${count(missed.partitions.length)} topics`,
          ]),
    ]),
    target.candidates.length === 0
      ? undefined
      : table(
          ["Brokers", "Because of", "Writes", "Reads", "Partitions by broker", "Storage", "A day"],
          bestOfEach(target.candidates, chosen).map((candidate) => candidateRow(candidate, costs.currency)),
        ),
    `Figures of the sizes are Amazon's, read on ${target.facts.readOn}:`,
    bullets(target.facts.sources.map((source) => `<${source}>`)),
  );
}

/** The best of each family, and the chosen one first; the plan's JSON has every size. */
function bestOfEach(all: readonly Candidate[], chosen: OrUnknown<Candidate>): readonly Candidate[] {
  const families = Map.groupBy(all, ({ instance }) => instance.slice(0, instance.lastIndexOf(".")));
  const best = [...families.values()].flatMap((family) => orElse(chosenOf(family, undefined).chosen, []));
  const first = orElse(chosen, undefined);
  return first === undefined ? best : [first, ...best.filter(({ instance }) => instance !== first.instance)];
}

const candidateRow = (candidate: Candidate, currency: string | undefined): readonly string[] => {
  const { instance, brokers, boundBy, used, partitionsPerBroker, volumeGibibytes, costPerDay } = candidate;
  return [
    `${count(brokers)} × ${nameInCell(instance)}`,
    boundBy,
    percent(used.ingress),
    percent(used.egress),
    `${count(partitionsPerBroker)}, ${percent(used.partitions)}`,
    volumeGibibytes === undefined ? "grows by itself" : `${count(volumeGibibytes)} GiB, ${percent(used.storage ?? 0)}`,
    isUnknown(costPerDay) ? "no price" : money(currency, costPerDay),
  ];
};

function specPart({ sizing: { target } }: Plan): string {
  const { spec } = target;
  if (isUnknown(spec)) return blocks("### What creates it", unknownWithCure(spec));
  return blocks(
    "### What creates it",
    "Input of `CreateConfiguration`; its properties are the text below it:",
    json({ ...spec.createConfiguration, ServerProperties: "…" }),
    code(spec.createConfiguration.ServerProperties),
    "Input of `CreateClusterV2`, with `Provisioned.ConfigurationInfo` naming the configuration's ARN and revision:",
    json(spec.createClusterV2),
  );
}

const unknownWithCure = ({ unknown: { why, cure } }: Unknown): string =>
  `Unknown: ${text(why)}${cure === undefined ? "" : `; cure: ${text(cure)}`}.`;

export function costsSection({ costs }: Plan): string {
  const { currency, source, target, workers, transfer, totalPerDay, copyTransfer, missing, from } = costs;
  const cost = (value: Plan["costs"]["target"]): string => told(value, (known) => money(currency, known));
  return blocks(
    "## What both clusters cost in a day",
    table(
      ["Source", "Target", "Workers", "Transfer", "Together"],
      [[cost(source), cost(target), cost(workers), cost(transfer), `**${cost(totalPerDay)}**`]],
    ),
    `Once, the transfer of what is there: ${cost(copyTransfer)}.`,
    from === undefined ? undefined : `Prices: ${text(from)}.`,
    missing.length === 0 ? undefined : `Missing from the migration file: ${missing.map(name).join(", ")}.`,
  );
}
