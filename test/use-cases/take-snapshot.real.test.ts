import { GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { documents } from "#adapters/dynamodb/documents.ts";
import { chunkKey, headerKey } from "#adapters/dynamodb/snapshot-keys.ts";
import { dynamoSnapshotStore } from "#adapters/dynamodb/snapshot-store.ts";
import { TTL_ATTRIBUTE } from "#adapters/dynamodb/table.ts";
import { UnreadableFault } from "#core/fault.ts";
import { isUnknown, unknown } from "#core/inventory/unknown.ts";
import type { ClusterScanner, ScanPage } from "#use-cases/ports/cluster-scanner.ts";
import type { OperationsReader } from "#use-cases/ports/operations-reader.ts";
import { readSnapshot } from "#use-cases/read-snapshot.ts";
import { listSnapshots } from "#use-cases/read-snapshots.ts";
import { snapshotCluster } from "#use-cases/snapshot-cluster.ts";
import { type TakeOptions, takeSnapshot } from "#use-cases/take-snapshot.ts";
import { type LocalTable, startLocalTable } from "../adapters/dynamodb/local-table.ts";
import { group, listing, offset, partition, topic } from "../core/inventory/snapshots.ts";
import { standingClock } from "../in-memory/clock.ts";
import { migration as aMigration } from "../in-memory/migration.ts";

const noon = Date.UTC(2026, 5, 1, 12);
const minute = 60_000;
let table: LocalTable;
let migration = 0;
let made = 0;

beforeAll(async () => {
  table = await startLocalTable();
});
afterAll(() => table.stop());
beforeEach(() => {
  migration++;
});

/** A cluster on paper of two pages of topics and one of groups; each page takes `pageMilliseconds`. */
function lab(o: { readonly pageMilliseconds?: number; readonly at?: number } = {}) {
  const clock = standingClock(o.at ?? noon);
  const asked: ScanPage[] = [];
  const scanner: ClusterScanner = {
    pages: async () => [{ part: "topics", upTo: "a" }, { part: "topics", after: "a" }, { part: "groups" }],
    scan: async (page) => {
      asked.push(page);
      clock.advance(o.pageMilliseconds ?? 10);
      const name = page.after === undefined ? "a" : "b";
      return page.part === "groups"
        ? { groups: listing([group("g")], { readAt: clock.now() }) }
        : { topics: listing([topic(name, { partitions: [partition(0)] })], { readAt: clock.now() }) };
    },
    sweep: async () => ({
      readAt: clock.now(),
      partitions: new Map(
        (["a/0", "b/0"] as const).map((key) => [
          key,
          { ends: { logStart: offset(0), highWatermark: offset(150) }, sizeBytes: 20_000 },
        ]),
      ),
    }),
  };
  const store = documents(table.client, table.tableName);
  const snapshots = dynamoSnapshotStore(store);
  const of = { migration: `shop-${migration}`, side: "source" } as const;
  const take = (milliseconds = minute, more: Partial<TakeOptions> = {}) =>
    takeSnapshot({ snapshots, clock, newId: () => `holder-${made++}` }, scanner, of, {
      endsAt: clock.now() + milliseconds,
      sweepMilliseconds: 5000,
      ...more,
    });
  const expiryOf = async (id: string) => {
    const keys = [headerKey(of, id), chunkKey(of, id, 0)];
    const items = await Promise.all(
      keys.map((Key) => store.client.send(new GetCommand({ TableName: table.tableName, Key }))),
    );
    return items.map(({ Item }) => Item?.[TTL_ATTRIBUTE]);
  };
  return { clock, asked, snapshots, of, take, expiryOf, store, scanner };
}

describe("taking a snapshot", () => {
  it("stores the pages, a second sweep's throughput and a header, and reads them back as one", async () => {
    const { take, of, snapshots } = lab();
    const taken = await take();
    expect(taken).toMatchObject({
      state: "whole",
      header: { isDaily: true, counts: { topics: { items: 2, gaps: 0 } } },
    });
    const snapshot = await readSnapshot({ snapshots }, of, "newest");
    expect(snapshot?.id).toBe(new Date(noon).toISOString());
    expect(snapshot?.listings.topics.items.map((t) => t.name).toSorted()).toEqual(["a", "b"]);
    expect(snapshot?.listings.throughput.items).toMatchObject([{ recordsPerSecond: expect.any(Number) }, {}]);
    expect(snapshot?.listings.groups.items).toEqual([group("g")]);
    expect(snapshot?.listings.connectors.gaps.every(isUnknown)).toBe(true);
    expect(snapshot?.listings.connectors.gaps).toHaveLength(1);
  });

  it("that is cut off goes on where it was, under its own name, and is seen only when it is whole", async () => {
    const { take, asked, of, snapshots, clock } = lab({ pageMilliseconds: 20_000 });
    const states: string[] = [];
    for (let run = 0; run < 8 && states.at(-1) !== "whole"; run++) {
      const taken = await take(25_000);
      states.push(taken.state);
      if (taken.state === "cut-off") expect(await readSnapshot({ snapshots }, of, "newest")).toBeUndefined();
    }
    expect(states.length).toBeGreaterThan(1);
    expect(states.at(-1)).toBe("whole");
    expect(asked).toHaveLength(3);
    const snapshot = await readSnapshot({ snapshots }, of, "newest");
    expect(snapshot?.id).toBe(new Date(noon).toISOString());
    expect(snapshot?.listings.topics.items).toHaveLength(2);
    expect(snapshot?.listings.throughput.items).toHaveLength(2);
    expect(clock.now()).toBeGreaterThan(noon);
  });

  it("asks for its own next run for as long as it is cut off, and lets go of the cluster after each", async () => {
    const { clock, of, snapshots, scanner } = lab({ pageMilliseconds: 20_000 });
    const requested: unknown[] = [];
    let open = 0;
    const deps = {
      snapshots,
      clock,
      newId: () => `holder-${made++}`,
      store: { migration: async (name: string) => (name === of.migration ? aMigration({ name }) : undefined) },
      requester: { requestSnapshot: async (asked: unknown) => void requested.push(asked) },
      operations: [
        { read: async () => ({ items: [], gaps: [unknown("CloudWatch", "refused", "allow it")] }) },
        { read: async () => ({ items: [{ kind: "alarm", name: "disk", source: "CloudWatch", facts: {} }], gaps: [] }) },
      ] satisfies OperationsReader[],
      openScanner: async () => {
        open++;
        return { ...scanner, close: async () => void open-- };
      },
    };
    const run = (ref = of) => snapshotCluster(deps, ref, { endsAt: clock.now() + 25_000 });
    const states: string[] = [];
    while (states.at(-1) !== "whole" && states.length < 8) states.push((await run()).state);
    expect(states.at(-1)).toBe("whole");
    expect(states.length).toBeGreaterThan(1);
    const goesOn = new Date(noon).toISOString();
    expect(requested).toEqual(states.slice(1).map(() => ({ ...of, goesOn })));
    const { operations } = (await readSnapshot({ snapshots }, of, "newest"))?.listings ?? {};
    expect(operations?.gaps).toEqual([unknown("CloudWatch", "refused", "allow it")]);
    expect(operations?.items.map(({ kind, name }) => `${kind}/${name}`)).toEqual(
      expect.arrayContaining(["alarm/disk", "approver/carl", "owner/team-ledger"]),
    );
    expect(await run({ ...of, migration: "moon" as typeof of.migration })).toEqual({ state: "no-migration" });
    scanner.pages = () => Promise.reject(new Error("nobody answers"));
    await expect(run()).rejects.toThrow("nobody answers");
    expect(open).toBe(0);
  });

  it("is in one hand at a time; what a dead hand held is taken up when its time is over", async () => {
    const { take, snapshots, of, clock } = lab();
    const fresh = {
      id: new Date(noon).toISOString(),
      startedAt: noon,
      pieces: [],
      storedBytes: 0,
      toSweep: [],
      runs: 0,
    };
    expect(await snapshots.take(of, fresh, { holder: "dead", now: noon, until: noon + minute })).toEqual({
      ...fresh,
      runs: 1,
    });
    expect(await take()).toEqual({ state: "in-hand" });
    clock.advance(minute);
    expect(await take()).toMatchObject({ state: "whole", header: { id: fresh.id } });
    expect(await snapshots.cutOff(of, fresh, "dead")).toBe(false);
  });
});

describe("a snapshot that is never whole", () => {
  const listOf = ({ snapshots, of }: ReturnType<typeof lab>) => {
    const posted = { migration: aMigration({ name: of.migration }) };
    return listSnapshots({ store: { postedMigration: async () => posted as never }, snapshots }, of.migration, {
      limit: 9,
    });
  };

  it("is given up with a sentence when its runs are too many, begins no other, and a new one hides it", async () => {
    const here = lab();
    const { take, of, scanner, snapshots } = here;
    const { scan } = scanner;
    scanner.scan = (page) => (page.part === "groups" ? new Promise(() => undefined) : scan(page));
    const readingEnds = Promise.resolve();
    const id = new Date(noon).toISOString();
    let taken = await take(minute, { readingEnds: new Promise((resolve) => setTimeout(resolve, 50)) });
    let runs = 1;
    for (; taken.state === "cut-off" && runs < 40; runs++) taken = await take(minute, { goesOn: id, readingEnds });
    expect(runs).toBe(21);
    expect(taken).toMatchObject({
      state: "failed",
      id,
      why: expect.stringMatching(
        /^not whole after 20 runs in 0 min.*pages left: 1, the next of them groups\. Look in the log/,
      ),
    });
    expect(await take(minute, { goesOn: id, readingEnds })).toEqual({ state: "in-hand" });
    expect(await listOf(here)).toMatchObject({ source: [], failed: { source: { id, runs: 21 } } });
    expect(await snapshots.headers(of)).toEqual([]);
    scanner.scan = scan;
    here.clock.advance(minute);
    expect(await take()).toMatchObject({ state: "whole" });
    expect(await listOf(here)).toMatchObject({ source: [{ isDaily: true }], failed: {} });
  });

  it("is given up when it is too old, in favour of the new one that was asked for; its pieces go", async () => {
    const here = lab({ pageMilliseconds: 20_000 });
    expect(await here.take(25_000)).toMatchObject({ state: "cut-off" });
    here.clock.advance(2 * 60 * minute);
    expect(await here.take(10 * minute)).toMatchObject({ state: "whole" });
    expect(await here.snapshots.failure(here.of)).toMatchObject({ id: new Date(noon).toISOString(), runs: 2 });
    const chunk = await here.store.client.send(
      new GetCommand({ TableName: table.tableName, Key: chunkKey(here.of, new Date(noon).toISOString(), 0) }),
    );
    expect(chunk.Item).toBeUndefined();
  });

  it("counts runs that were killed, and names the fault by which the last one ended; who tries again goes on at once", async () => {
    const { take, clock, scanner, snapshots, of } = lab();
    const { scan } = scanner;
    scanner.scan = () => Promise.reject(new Error("nobody answers"));
    await expect(take()).rejects.toThrow("nobody answers");
    const fresh = { id: "never", startedAt: noon, pieces: [], storedBytes: 0, toSweep: [], runs: 0 };
    // A run that is killed says nothing.
    const killed = await snapshots.take(of, fresh, { holder: "killed", now: clock.now(), until: clock.now() + minute });
    expect(killed).toMatchObject({ id: new Date(noon).toISOString(), runs: 2, fault: "nobody answers" });
    clock.advance(61 * minute);
    scanner.scan = scan;
    expect(await take()).toMatchObject({ state: "whole" });
    expect((await snapshots.failure(of))?.why).toMatch(
      /after 2 runs in 61 min.*no run came so far.*ended with: nobody answers/,
    );
  });

  it("a page that takes too long does not lose the others of its run", async () => {
    const { take, scanner, asked } = lab();
    const { scan } = scanner;
    let hangs = true;
    scanner.scan = (page) => (hangs && page.part === "groups" ? new Promise(() => undefined) : scan(page));
    const readingEnds = new Promise((resolve) => setTimeout(resolve, 50));
    expect(await take(minute, { readingEnds })).toMatchObject({ state: "cut-off", pagesLeft: 3 });
    hangs = false;
    expect(await take(minute, { goesOn: new Date(noon).toISOString() })).toMatchObject({ state: "whole" });
    expect(asked.map(({ part }) => part)).toEqual(["topics", "topics", "groups"]);
  });
});

describe("keeping snapshots", () => {
  it("keeps the newest, the first of each day and those something refers to; others expire, header and chunks", async () => {
    const { take, clock, of, snapshots, expiryOf } = lab();
    const ids: string[] = [];
    const next = async () => {
      clock.advance(minute);
      const taken = await take();
      if (taken.state === "whole") ids.push(taken.header.id);
    };
    await next();
    await next();
    await next();
    expect(await snapshots.keep({ ...of, id: ids[2] ?? "" }, "plan of shop")).toBe(true);
    await next();
    const expiries = await Promise.all(ids.map(expiryOf));
    expect(expiries).toEqual([
      [undefined, undefined],
      [expect.any(Number), expect.any(Number)],
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(await snapshots.keep({ ...of, id: ids[1] ?? "" }, "gate of wave payments")).toBe(true);
    expect(await expiryOf(ids[1] ?? "")).toEqual([undefined, undefined]);
    expect((await snapshots.headers(of)).map(({ id }) => id)).toEqual(ids.toReversed());
    expect(await snapshots.keep({ ...of, id: "never taken" }, "plan")).toBe(false);
  });

  it("refuses a snapshot whose chunks are not what was written", async () => {
    const { take, of, snapshots, store } = lab();
    const taken = await take();
    const id = taken.state === "whole" ? taken.header.id : "";
    const Item = { ...chunkKey(of, id, 0), packedContent: Buffer.from("somebody's own") };
    await store.client.send(new PutCommand({ TableName: table.tableName, Item }));
    await expect(readSnapshot({ snapshots }, of, id)).rejects.toBeInstanceOf(UnreadableFault);
    const { Count } = await store.client.send(
      new QueryCommand({
        TableName: table.tableName,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": Item.pk },
      }),
    );
    expect(Count).toBe(2);
  });
});
