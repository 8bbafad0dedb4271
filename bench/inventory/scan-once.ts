/** One scan in a process of its own, so that its memory is its own: `scan-once.ts own|kafkajs SERVER`; prints one line of JSON. */
import { kafkaScanner } from "#adapters/kafka/inventory/scanner.ts";
import { olderScanner } from "#adapters/kafka/older/scanner.ts";
import { assemble } from "#core/inventory/assemble.ts";
import { isUnknown } from "#core/inventory/unknown.ts";
import { BENCH_USER } from "./bench-cluster.ts";

const [how, server = ""] = process.argv.slice(2);
process.removeAllListeners("warning");
const settings = {
  bootstrapServers: [server],
  tls: false,
  sasl: { mechanism: "SCRAM-SHA-256", ...BENCH_USER },
  clientId: "bench",
  requestTimeoutMilliseconds: 120_000,
} as const;
const scanner = how === "kafkajs" ? olderScanner("source", settings) : kafkaScanner("source", settings);
const begun = performance.now();
const pages = await scanner.pages();
const listings = assemble(await Promise.all(pages.map((page) => scanner.scan(page))), Date.now());
const milliseconds = performance.now() - begun;
await scanner.close();
const partitions = listings.topics.items.flatMap((t) => (isUnknown(t.partitions) ? [] : t.partitions));
process.stdout.write(
  `${JSON.stringify({
    milliseconds,
    megabytes: process.resourceUsage().maxRSS / 1024,
    topics: listings.topics.items.length,
    partitions: partitions.length,
    unknownEnds: partitions.filter((p) => isUnknown(p.ends)).length,
    groups: listings.groups.items.length,
    commits: listings.groups.items.reduce((sum, g) => sum + (isUnknown(g.offsets) ? 0 : g.offsets.length), 0),
  })}\n`,
);
