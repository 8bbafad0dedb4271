import type { Connector } from "../connector.ts";
import { orElse } from "../unknown.ts";

type Topics = Pick<Connector, "reads" | "writes" | "deadLetterTopic">;

/** Which of these topics a connector reads or writes, as far as it is known; a pattern is every topic whose whole name fits. */
export function touchedBy({ reads, writes, deadLetterTopic }: Topics, topics: readonly string[]): readonly string[] {
  const said = [
    ...orElse(reads, []),
    ...orElse(writes, []),
    ...(deadLetterTopic === undefined ? [] : [deadLetterTopic]),
  ];
  const names = new Set(said);
  const patterns = said.filter((one) => one.startsWith("/")).map((one) => asRegExp(one.slice(1, -1)));
  return topics.filter((topic) => names.has(topic) || patterns.some((pattern) => pattern.test(topic)));
}

/** Java's patterns are nearly JavaScript's; one that is not may be about any topic. */
const asRegExp = (pattern: string): RegExp => {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return /^/;
  }
};
