import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "./cached-folder.ts";

/** The JVMs that are started again and again; DynamoDB Local cannot share, since its jar puts a folder on the class path. */
export type JvmKind = "broker" | "format" | "worker";

export const CLASS_DATA = "class-data";
export const archiveOf = (folder: string, kind: JvmKind): string => join(folder, `${kind}.jsa`);

/**
 * Lets a JVM map the classes that another one of its kind has parsed and verified before, which takes a third off what its
 * start costs. One that finds the archive not to fit (another Java, another class path) starts without, and so does one
 * that comes before `train-class-data.ts` has made it.
 */
export const sharedClasses = (kind: JvmKind): readonly string[] => {
  const archive = archiveOf(join(cacheRoot, CLASS_DATA), kind);
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`, "-Xshare:auto", "-Xlog:cds=off"] : [];
};
