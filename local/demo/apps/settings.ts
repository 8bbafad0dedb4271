import { z } from "zod";

const cluster = z.strictObject({ bootstrapServers: z.array(z.string()).min(1) });

const producerLoad = z.strictObject({
  recordsPerSecond: z.number().positive(),
  minBytes: z.number().int().positive().default(20),
  maxBytes: z.number().int().positive().default(20_480),
  /** How often it sends what has come due; each send waits for all acknowledgements. */
  sendEveryMilliseconds: z.number().int().positive().default(50),
  /** Every n-th record is a tombstone; every n-th begins a run of identical records. 0: none. */
  tombstoneEvery: z.number().int().min(0).default(40),
  runEvery: z.number().int().min(0).default(50),
  runLength: z.number().int().min(2).default(4),
  keys: z.number().int().positive().default(300),
  /** Records sent at once, before the steady load begins. */
  backlog: z.number().int().min(0).default(0),
});

const common = {
  name: z.string().min(1),
  username: z.string().min(1),
  password: z.string().min(1),
  /** SSM parameter: source, paused or target. */
  switch: z.string().min(1),
};

const producerSettings = z.strictObject({
  kind: z.literal("producer"),
  ...common,
  topic: z.string().min(1),
  /** Of the topic; a key always goes to the same one. */
  partitions: z.number().int().positive(),
  load: producerLoad,
});

const consumerSettings = z.strictObject({
  kind: z.literal("consumer"),
  ...common,
  group: z.string().min(1),
  topics: z.array(z.string().min(1)).min(1),
  reset: z.enum(["earliest", "latest"]).default("earliest"),
  /** Slows it down while it is on the source, so that it falls behind. */
  recordsPerSecondOnSource: z.number().positive().optional(),
  /** Partitions it never reads, as "topic/partition": they stay without a commit. */
  leavesOut: z.array(z.string()).default([]),
  /** How long the broker collects records for one fetch. */
  fetchWaitMilliseconds: z.number().int().positive().default(100),
  /** Commits and stays where it is after this many records. */
  stopsAfterRecords: z.number().int().positive().optional(),
});

const processorSettings = z.strictObject({
  kind: z.literal("both"),
  ...common,
  group: z.string().min(1),
  transactionalId: z.string().min(1),
  reads: z.string().min(1),
  writes: z.string().min(1),
  /** For records that it cannot process. */
  deadLetters: z.string().min(1),
  /** Of the topics that it writes. */
  partitions: z.number().int().positive(),
});

/** The file that `main.ts` is run with: any number of clients in one process. */
export const appsSettings = z.strictObject({
  ssm: z.strictObject({ endpoint: z.string(), region: z.string() }),
  pollMilliseconds: z.number().int().positive().default(150),
  clusters: z.strictObject({ source: cluster, target: cluster }),
  /** Each client appends to `<journal>/<name>.ndjson`. */
  journal: z.string().min(1),
  clients: z.array(z.discriminatedUnion("kind", [producerSettings, consumerSettings, processorSettings])).min(1),
});

export type AppsSettings = z.output<typeof appsSettings>;
export type AppsSettingsInput = z.input<typeof appsSettings>;
export type ProducerSettings = z.output<typeof producerSettings>;
export type ConsumerSettings = z.output<typeof consumerSettings>;
export type ProcessorSettings = z.output<typeof processorSettings>;
export type ClientSettings = ProducerSettings | ConsumerSettings | ProcessorSettings;
