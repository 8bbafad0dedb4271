import { randomBytes, randomInt } from "node:crypto";
import type { Message } from "kafkajs";
import { contentId } from "../checker/content-id.ts";
import type { ProducerSettings } from "./settings.ts";

export type MadeRecord = { readonly message: Message & { readonly partition: number }; readonly id: string };

/** Bytes that are no text: a header converter that reads them as text changes them. */
const SIGNATURE = Buffer.from([0x00, 0xff, 0xfe, 0x01, 0x80]);

const RANDOM = randomBytes(256 * 1024);

/** A maker of records of one producer: keyed, with binary headers, some tombstones, some runs of identical ones. */
export const recordMaker = ({ load, partitions }: ProducerSettings): (() => readonly MadeRecord[]) => {
  let made = 0;
  return () => {
    made++;
    const isTombstone = load.tombstoneEvery > 0 && made % load.tombstoneEvery === 0;
    const isRun = load.runEvery > 0 && made % load.runEvery === 0;
    const keyNumber = randomInt(load.keys);
    const number = Buffer.allocUnsafe(8);
    number.writeBigUInt64BE(BigInt(made));
    const key = Buffer.from(`key-${keyNumber}`);
    const value = isTombstone ? null : someBytes(sizeBetween(load.minBytes, load.maxBytes));
    const headers = { signature: SIGNATURE, number, "content-type": "application/octet-stream" };
    const timestamp = String(Date.now());
    const record: MadeRecord = {
      message: { key, value, headers, timestamp, partition: keyNumber % partitions },
      id: contentId({ key, value, timestamp, headers }),
    };
    return isRun ? new Array<MadeRecord>(load.runLength).fill(record) : [record];
  };
};

/** Many small ones, some large: even over the logarithm. */
const sizeBetween = (least: number, most: number): number => Math.round(least * (most / least) ** Math.random());

const someBytes = (size: number): Buffer => {
  const from = randomInt(Math.max(1, RANDOM.length - size));
  return RANDOM.subarray(from, from + size);
};
