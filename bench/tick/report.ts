import { roundedRatio } from "../waves/spread.ts";
import { table } from "../waves/table.ts";
import { type Cost, requestsOf } from "./measure-ticks.ts";

export type Series = { readonly name: string; readonly costs: readonly Cost[] };

const HEAD = ["", "DynamoDB reads", "writes", "KB written", "Kafka", "Connect", "others", "ms", "CPU ms"];

const rowOf = (name: string, cost: Cost): string[] => [
  name,
  ...[cost.dynamodbReads, cost.dynamodbWrites].map(String),
  (cost.writtenBytes / 1000).toFixed(1),
  ...[cost.kafkaRequests, cost.connectRequests, cost.otherRequests].map(String),
  ...[cost.milliseconds, cost.cpuMilliseconds].map((value) => value.toFixed(0)),
];

export const costTable = (series: readonly Series[], nameOf: (cost: Cost) => string): string =>
  table([HEAD, ...series.flatMap(({ name, costs }) => costs.map((cost) => rowOf(`${name}, ${nameOf(cost)}`, cost)))]);

export const namesTable = (series: readonly { readonly name: string; readonly cost: Cost }[]): string => {
  const names = [...new Set(series.flatMap(({ cost }) => [...cost.byName.keys()]))].sort();
  return table([
    ["", ...series.map(({ name }) => name)],
    ...names.map((name) => [name, ...series.map(({ cost }) => String(cost.byName.get(name) ?? 0))]),
  ]);
};

export const MEASURED = {
  requests: requestsOf,
  writtenBytes: (cost: Cost): number => cost.writtenBytes,
  milliseconds: (cost: Cost): number => cost.milliseconds,
  cpuMilliseconds: (cost: Cost): number => cost.cpuMilliseconds,
} as const;
export type Growth = Readonly<Record<keyof typeof MEASURED, number>>;

/**
 * How many times as much the largest of a series costs as the one before it, divided by how many times as large it is: 1 is a
 * straight line through nothing, less one that begins above it, and a square of twice the size is 2.
 */
export const growthOf = (costs: readonly Cost[], sizeOf: (cost: Cost) => number): Growth => {
  const [before, last] = [costs.at(-2), costs.at(-1)];
  if (before === undefined || last === undefined) throw new Error(`growth takes two sizes; got ${costs.length}`);
  const larger = sizeOf(last) / sizeOf(before);
  return Object.fromEntries(
    Object.entries(MEASURED).map(([name, measure]) => [name, roundedRatio(measure(last) / measure(before) / larger)]),
  ) as Growth;
};

/** As one JSON object of the last line gives them. */
export const figuresOf = (cost: Cost): Readonly<Record<string, number>> => ({
  dynamodbReads: cost.dynamodbReads,
  dynamodbWrites: cost.dynamodbWrites,
  writtenBytes: cost.writtenBytes,
  kafkaRequests: cost.kafkaRequests,
  connectRequests: cost.connectRequests,
  otherRequests: cost.otherRequests,
  milliseconds: Math.round(cost.milliseconds),
  cpuMilliseconds: Math.round(cost.cpuMilliseconds),
});
