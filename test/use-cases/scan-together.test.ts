import { describe, expect, it } from "vitest";
import { unfinishedSchema } from "#core/inventory/kept.ts";
import { SCAN_PARTS } from "#core/inventory/scan-part.ts";
import type { BesideScanner, ScanPage } from "#use-cases/ports/cluster-scanner.ts";
import { scanTogether } from "#use-cases/scan-together.ts";
import { listing, topic } from "../core/inventory/snapshots.ts";

const page = (part: ScanPage["part"], o: Partial<ScanPage> = {}): ScanPage => ({ part, ...o });

describe("a cluster and what stands beside it", () => {
  it("is asked in pages, each of whoever reads its part, and closed as one", async () => {
    const closed: string[] = [];
    const asked: ScanPage[] = [];
    const beside = (name: string, ...parts: readonly ScanPage["part"][]): BesideScanner => ({
      parts,
      pages: async () => parts.map((part) => page(part)),
      scan: async (one) => {
        asked.push(one);
        return {};
      },
      close: async () => void closed.push(name),
    });
    const all = scanTogether(
      {
        pages: async () => [{ part: "topics" }],
        scan: async () => ({ topics: listing([topic("orders")]) }),
        sweep: async () => ({ readAt: 7, partitions: new Map() }),
        close: async () => void closed.push("cluster"),
      },
      [beside("registry", "registry", "subjects"), beside("workers", "connectors")],
    );
    const pages = await all.pages();
    expect(pages.map(({ part }) => part)).toEqual(["topics", "registry", "subjects", "connectors"]);
    const [topics] = await Promise.all(pages.map((one) => all.scan(one)));
    expect(topics?.topics?.items).toEqual([topic("orders")]);
    expect(asked.map(({ part }) => part)).toEqual(["registry", "subjects", "connectors"]);
    expect(await all.sweep({})).toMatchObject({ readAt: 7 });
    await all.close();
    expect(closed.toSorted()).toEqual(["cluster", "registry", "workers"]);
  });

  it("goes on with any part of it after a snapshot was cut off", () => {
    const toScan = SCAN_PARTS.map((part) => ({ part, after: "a", upTo: "b" }));
    const stored = { id: "x", startedAt: 1, pieces: [], storedBytes: 0, toScan, toSweep: [], runs: 1 };
    expect(unfinishedSchema.parse(stored).toScan).toEqual(toScan);
  });
});
