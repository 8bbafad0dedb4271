import { z } from "zod";
import { readJsonFile, writeJsonFile } from "../write-json-file.ts";

const schema = z.object({
  streamArn: z.string(),
  /** By shard id. */
  shards: z.record(
    z.string(),
    z.object({
      /** Sequence number of the last record that the function has dealt with. */
      after: z.string().optional(),
      /** The shard is closed and read to its end. */
      isDone: z.boolean(),
    }),
  ),
});

export type ShardPosition = z.infer<typeof schema>["shards"][string];

/** How far one function has come with one stream, kept in a file. */
export class Checkpoint {
  readonly #path: string;
  #kept: z.infer<typeof schema> | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, kept: z.infer<typeof schema> | undefined) {
    this.#path = path;
    this.#kept = kept;
  }

  static async open(path: string): Promise<Checkpoint> {
    return new Checkpoint(path, await readJsonFile(path, schema));
  }

  /** Positions of a stream that is gone mean nothing in the next one: its table was made anew. */
  async beginStream(streamArn: string): Promise<void> {
    if (this.#kept?.streamArn === streamArn) return;
    this.#kept = { streamArn, shards: {} };
    await this.#write();
  }

  positionOf(shardId: string): ShardPosition {
    return this.#kept?.shards[shardId] ?? { isDone: false };
  }

  async keep(streamArn: string, shardId: string, position: ShardPosition): Promise<void> {
    if (this.#kept?.streamArn !== streamArn) return;
    this.#kept.shards[shardId] = position;
    await this.#write();
  }

  async forgetAllBut(shardIds: ReadonlySet<string>): Promise<void> {
    const gone = Object.keys(this.#kept?.shards ?? {}).filter((id) => !shardIds.has(id));
    if (this.#kept === undefined || gone.length === 0) return;
    for (const id of gone) delete this.#kept.shards[id];
    await this.#write();
  }

  /** One after the other: a write that overtakes a later one would take the position back. */
  #write(): Promise<void> {
    const write = this.#writing.then(() => writeJsonFile(this.#path, this.#kept));
    this.#writing = write.catch(() => undefined);
    return write;
  }
}
