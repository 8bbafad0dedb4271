import type { WaveRef } from "#core/wave/wave.ts";
import { spread } from "../waves/spread.ts";
import { countRequests, isOf, isWrite, type Requests, total } from "./count-requests.ts";
import type { TickLab } from "./tick-lab.ts";

/** What one round of ticks took, all waves at once. */
export type Round = {
  readonly requests: Requests;
  readonly milliseconds: number;
  /** Of this process: the handlers', not the brokers'. */
  readonly cpuMilliseconds: number;
};

/** Medians over the rounds, of all waves together. */
export type Cost = {
  readonly waves: number;
  readonly partitions: number;
  readonly dynamodbReads: number;
  readonly dynamodbWrites: number;
  readonly writtenBytes: number;
  readonly kafkaRequests: number;
  readonly connectRequests: number;
  readonly otherRequests: number;
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
  /** Of one round in the middle. */
  readonly byName: ReadonlyMap<string, number>;
};

/** Begins its windows and comparisons, and finds its connections open. */
const WARM_UP_ROUNDS = 3;

/** Ticks all of these at once, `times` rounds; `isBusy`: a record came to each partition since the round before. */
export const costOf = async (
  lab: TickLab,
  refs: readonly WaveRef[],
  o: { readonly times: number; readonly isBusy: boolean; readonly partitions: number },
): Promise<Cost> => {
  const rounds: Round[] = [];
  for (let round = -WARM_UP_ROUNDS; round < o.times; round++) {
    if (o.isBusy || round < 0) await lab.write(refs);
    const measured = await tickAll(lab, refs);
    if (round >= 0) rounds.push(measured);
  }
  const middle = (of: (round: Round) => number): number => spread(rounds.map(of)).median;
  const count = (isMeant: (name: string) => boolean): number => middle(({ requests }) => total(requests, isMeant));
  const isDynamoDb = isOf("dynamodb");
  const [isKafka, isConnect] = [isOf("kafka"), isOf("connect")];
  return {
    waves: refs.length,
    partitions: o.partitions,
    dynamodbReads: count((name) => isDynamoDb(name) && !isWrite(name)),
    dynamodbWrites: count(isWrite),
    writtenBytes: middle(({ requests }) => requests.writtenBytes),
    kafkaRequests: count(isKafka),
    connectRequests: count(isConnect),
    otherRequests: count((name) => ![isDynamoDb, isKafka, isConnect].some((is) => is(name))),
    milliseconds: middle(({ milliseconds }) => milliseconds),
    cpuMilliseconds: middle(({ cpuMilliseconds }) => cpuMilliseconds),
    byName: rounds[Math.floor(rounds.length / 2)]?.requests.byName ?? new Map(),
  };
};

const tickAll = async (lab: TickLab, refs: readonly WaveRef[]): Promise<Round> => {
  const begun = performance.now();
  const cpuBefore = process.cpuUsage();
  const { value, requests } = await countRequests(() => Promise.all(refs.map(lab.tick)));
  const { user, system } = process.cpuUsage(cpuBefore);
  const notTicked = value.filter(({ outcome }) => outcome !== "ticked");
  if (notTicked.length > 0)
    throw new Error(`${notTicked.length} of ${refs.length} ticks were ${notTicked[0]?.outcome}`);
  return { requests, milliseconds: performance.now() - begun, cpuMilliseconds: (user + system) / 1000 };
};

export const requestsOf = (cost: Cost): number =>
  cost.dynamodbReads + cost.dynamodbWrites + cost.kafkaRequests + cost.connectRequests + cost.otherRequests;
