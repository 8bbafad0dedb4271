import { describe, expect, it } from "vitest";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { PartitionKey } from "#core/kafka/topic-partition.ts";
import type { ConnectorSpec, Replicator } from "#use-cases/ports/replicator.ts";

/** A forward mirror's two topics of one partition, and its workers. */
export type ReplicatorLab = {
  readonly replicator: Replicator;
  createMirrored(topic: string): Promise<void>;
  /** Records `record-FROM` to before `record-TO` on the source. */
  produce(topic: string, from: number, to: number): Promise<void>;
  /** Values on the target, once there are as many. */
  mirrored(topic: string, count: number): Promise<readonly string[]>;
};

const specOf = (name: string, topic: string): ConnectorSpec => ({
  name,
  topics: [topic],
  partitions: 1,
  maxMessageBytes: 1_048_588,
  emitsOffsetSyncs: false,
});
const values = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `record-${from + i}`);
const patience = { timeout: 30_000 };

/** What every replicator must do. In order: later tests use what earlier ones made. */
export const replicatorContract = (lab: () => ReplicatorLab): void => {
  const topic = "by-contract";
  const key: PartitionKey = `${topic}/0`;
  const status = (name: string) => lab().replicator.status("forward", name);

  describe("a mirror by contract", () => {
    it("that does not exist has no status, cannot be resumed, and can be removed", async () => {
      const { replicator } = lab();
      expect(await status("nobody")).toBeUndefined();
      await expect(replicator.resume("forward", "nobody")).rejects.toBeInstanceOf(OperatorFault);
      await replicator.remove("forward", "nobody");
    });

    it("has exact positions after a stop", async () => {
      const { replicator } = lab();
      await lab().createMirrored(topic);
      await lab().produce(topic, 0, 30);
      await replicator.ensure("forward", specOf("contract-1", topic), "RUNNING");
      expect(await lab().mirrored(topic, 30)).toEqual(values(0, 30));
      expect((await status("contract-1"))?.state).toBe("RUNNING");
      await replicator.stop("forward", "contract-1");
      expect(await status("contract-1")).toMatchObject({ state: "STOPPED", tasks: [] });
      expect(await replicator.replicatedThrough("forward", "contract-1")).toEqual(new Map([[key, 30n]]));
    });

    it("is left alone where it is as wanted, and refused where it is not", async () => {
      const { replicator } = lab();
      await replicator.ensure("forward", specOf("contract-1", topic), "RUNNING");
      expect((await status("contract-1"))?.state).toBe("STOPPED");
      const other = replicator.ensure("forward", specOf("contract-1", "another"), "RUNNING");
      await expect(other).rejects.toBeInstanceOf(OperatorFault);
      await expect(other).rejects.toThrow(/contract-1 .*topics: .*, expected another/);
    });

    it("starts exactly where it is told", async () => {
      const { replicator } = lab();
      await lab().produce(topic, 30, 40);
      await replicator.ensure("forward", specOf("contract-2", topic), "STOPPED");
      await expect.poll(async () => (await status("contract-2"))?.state, patience).toBe("STOPPED");
      expect(await replicator.replicatedThrough("forward", "contract-2")).toEqual(new Map());
      await replicator.startFrom("forward", "contract-2", new Map([[key, 35n]]));
      expect(await replicator.replicatedThrough("forward", "contract-2")).toEqual(new Map([[key, 35n]]));
      await replicator.resume("forward", "contract-2");
      expect(await lab().mirrored(topic, 35)).toEqual([...values(0, 30), ...values(35, 40)]);
    });

    it("that runs cannot be told where to start", async () => {
      const change = lab().replicator.startFrom("forward", "contract-2", new Map([[key, 3n]]));
      await expect(change).rejects.toBeInstanceOf(RetryableFault);
      await expect(change).rejects.toThrow(/contract-2 was told to run/);
    });

    it("takes positions of another topic without a word, so that only reading back shows it", async () => {
      const { replicator } = lab();
      await replicator.stop("forward", "contract-2");
      const before = await replicator.replicatedThrough("forward", "contract-2");
      const wanted = new Map<PartitionKey, bigint>([["by-contrat/0", 12n]]);
      await replicator.startFrom("forward", "contract-2", wanted);
      const after = await replicator.replicatedThrough("forward", "contract-2");
      expect(after.get(key)).toEqual(before.get(key));
      expect(after).not.toEqual(wanted);
    });

    it("has a position of zero taken away, and left unset where there is none", async () => {
      const { replicator } = lab();
      for (let times = 0; times < 2; times++) {
        await replicator.startFrom("forward", "contract-2", new Map([[key, 0n]]));
        expect((await replicator.replicatedThrough("forward", "contract-2")).has(key)).toBe(false);
      }
    });

    it("does not get its positions back when its name is used again", async () => {
      const { replicator } = lab();
      await replicator.remove("forward", "contract-1");
      await replicator.remove("forward", "contract-1");
      expect(await status("contract-1")).toBeUndefined();
      await replicator.ensure("forward", specOf("contract-1", topic), "STOPPED");
      expect(await replicator.replicatedThrough("forward", "contract-1")).toEqual(new Map());
      await replicator.remove("forward", "contract-1");
      await replicator.remove("forward", "contract-2");
    });
  });
};
