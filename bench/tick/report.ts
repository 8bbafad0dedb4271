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
  table([
    HEAD,
    ...series.flatMap(({ name, costs }) => costs.map((cost) => rowOf(`${name}, ${nameOf(cost)}`, cost))),
  ]);

export const namesTable = (series: readonly { readonly name: string; readonly cost: Cost }[]): string => {
  const names = [...new Set(series.flatMap(({ cost }) => [...cost.byName.keys()]))].sort();
  return table([
    ["", ...series.map(({ name }) => name)],
    ...names.map((name) => [name, ...series.map(({ cost }) => String(cost.byName.get(name) ?? 0))]),
  ]);
};

/** What is measured of growth: a share that grows faster than what it is measured by shows as a ratio well above 1. */
export const MEASURED = {
  requests: requestsOf,
  writtenBytes: (cost: Cost): number => cost.writtenBytes,
  cpuMilliseconds: (cost: Cost): number => cost.cpuMilliseconds,
} as const;

type Growth = Readonly<Record<keyof typeof MEASURED, number>>;
const growth = (of: (measure: (cost: Cost) => number) => number): Growth =>
  Object.fromEntries(Object.entries(MEASURED).map(([name, measure]) => [name, roundedRatio(of(measure))])) as Growth;

/**
 * What one more costs in the upper half of a series, divided by what one more costs in its lower half: 1 is a straight line,
 * 2 and more a curve that bends upwards. What does not grow at all is 0.
 */
export const bend = (costs: readonly Cost[], sizeOf: (cost: Cost) => number): Growth => {
  const [first, middle, last] = [costs[0], costs[costs.length - 2], costs[costs.length - 1]];
  if (first === undefined || middle === undefined || last === undefined || costs.length < 3)
    throw new Error(`a bend takes at least three sizes; got ${costs.length}`);
  return growth((measure) => {
    const slope = (from: Cost, to: Cost): number => (measure(to) - measure(from)) / (sizeOf(to) - sizeOf(from));
    const lower = slope(first, middle);
    return slope(middle, last) <= 0 ? 0 : slope(middle, last) / Math.max(lower, Number.EPSILON);
  });
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
