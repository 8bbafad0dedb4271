import { expect, it } from "vitest";
import { lagOf, partitionsOf } from "#core/inventory/lag.ts";
import type { Listings } from "#core/inventory/snapshot.ts";
import { isUnknown } from "#core/inventory/unknown.ts";
import { type ToolCommand, tableOf } from "./kafka-tools.ts";
import { known } from "./scanner.contract.ts";

/** What Kafka's own tools are asked about a cluster. */
export const questions = (server: string): readonly ToolCommand[] => {
  const at = ["--bootstrap-server", server];
  return [
    ["topics", ...at, "--describe"],
    ["configs", ...at, "--entity-type", "topics", "--describe", "--all"],
    ["offsets", ...at, "--time", "-2"],
    ["offsets", ...at, "--time", "-1"],
    ["groups", ...at, "--describe", "--all-groups", "--offsets"],
    ["groups", ...at, "--list"],
    ["acls", ...at, "--list"],
    ["logDirs", ...at, "--describe"],
  ];
};

export const aboutShareGroups = (server: string): ToolCommand => [
  "shareGroups",
  ...["--bootstrap-server", server, "--describe", "--all-groups", "--offsets"],
];

/** A snapshot says what the tools print, no more and no less; `told` are their answers to `questions`, in that order. */
export const toolsContract = (
  found: () => Listings,
  told: () => readonly string[],
  has: { readonly sizes: boolean; readonly endsInTransactions: boolean },
): void => {
  const said = (n: number): string => {
    const text = told()[n];
    if (!text?.trim()) throw new Error(`tool ${n} printed nothing`);
    return text;
  };
  const whole = () =>
    found().topics.items.flatMap(({ name, partitions }) => known(partitions).map((p) => ({ topic: name, ...p })));

  it("agrees with kafka-topics on partitions, leaders and replicas", () => {
    const lines = said(0).matchAll(
      /^\tTopic: (\S+)\s+Partition: (\d+)\s+Leader: (\S+)\s+Replicas: (\S+)\s+Isr: (\S+)/gm,
    );
    const expected = [...lines].map(([, ...cells]) => cells.join(" ")).toSorted();
    expect(expected.length).toBeGreaterThan(10);
    expect(
      whole()
        .map((p) => `${p.topic} ${p.partition} ${p.leader} ${p.replicas.join(",")} ${p.inSync.join(",")}`)
        .toSorted(),
    ).toEqual(expected);
  });

  it("agrees with kafka-configs on every setting of every topic and where it comes from", () => {
    const origins: Readonly<Record<string, string>> = {
      DYNAMIC_TOPIC_CONFIG: "topic",
      DYNAMIC_BROKER_CONFIG: "broker",
      DYNAMIC_DEFAULT_BROKER_CONFIG: "cluster",
      STATIC_BROKER_CONFIG: "file",
      DEFAULT_CONFIG: "default",
      "": "default",
    };
    let topic = "";
    const expected = said(1)
      .split("\n")
      .flatMap((line) => {
        topic = /^All configs for topic (\S+) are:/.exec(line)?.[1] ?? topic;
        const [, name, value, origin = ""] =
          /^\s+([\w.]+)=(.*) sensitive=(?:true|false) synonyms=\{([A-Z_]*)/.exec(line) ?? [];
        return name === undefined ? [] : [`${topic} ${name}=${value} ${origins[origin]}`];
      });
    expect(expected.length).toBeGreaterThan(100);
    expect(
      found()
        .topics.items.flatMap(({ name, configs }) =>
          [...known(configs)].map(([setting, { value, origin }]) => `${name} ${setting}=${value} ${origin}`),
        )
        .toSorted(),
    ).toEqual(expected.toSorted());
  });

  it("agrees with kafka-get-offsets on where each log starts and ends", () => {
    const compared = (end: string): boolean => has.endsInTransactions || !end.startsWith("orders:1:");
    const lines = (n: number) => said(n).trim().split("\n").filter(compared).toSorted();
    expect(lines(3).length).toBeGreaterThan(5);
    const ends = whole().map((p) => ({ at: `${p.topic}:${p.partition}`, ...known(p.ends) }));
    expect(
      ends
        .map((p) => `${p.at}:${p.logStart}`)
        .filter(compared)
        .toSorted(),
    ).toEqual(lines(2));
    expect(
      ends
        .map((p) => `${p.at}:${p.highWatermark}`)
        .filter(compared)
        .toSorted(),
    ).toEqual(lines(3));
  });

  it("agrees with kafka-consumer-groups on groups, committed offsets and lag", () => {
    const consumers = found().groups.items.filter(({ kind }) => kind === "classic" || kind === "consumer");
    expect(consumers.map(({ id }) => id).toSorted()).toEqual(said(5).trim().split("\n").toSorted());
    const expected = tableOf(said(4)).flatMap((row) =>
      /^\d+$/.test(row["PARTITION"] ?? "") && row["CURRENT-OFFSET"] !== "-"
        ? [`${row["GROUP"]} ${row["TOPIC"]}/${row["PARTITION"]} ${row["CURRENT-OFFSET"]} lag ${row["LAG"]}`]
        : [],
    );
    expect(expected.length).toBeGreaterThan(3);
    const partitions = partitionsOf(found().topics);
    const scanned = consumers.flatMap((group) => {
      const lags = known(lagOf(group, partitions));
      return known(group.offsets).map((commit, n) => {
        const lag = lags[n]?.lagRecords;
        return `${group.id} ${commit.topic}/${commit.partition} ${known(commit.offset)} lag ${lag === undefined || isUnknown(lag) ? "?" : lag}`;
      });
    });
    expect(scanned.toSorted()).toEqual(expected.toSorted());
  });

  it("agrees with kafka-acls on every entry", () => {
    let resource = "";
    const expected = said(6)
      .split("\n")
      .flatMap((line) => {
        const [, type, name, pattern] =
          /ResourcePattern\(resourceType=(\w+), name=(.+), patternType=(\w+)\)/.exec(line) ?? [];
        if (type !== undefined) resource = `${type} ${name} ${pattern}`;
        const [, principal, host, operation, permission] =
          /\(principal=(.+), host=(.+), operation=(\w+), permissionType=(\w+)\)/.exec(line) ?? [];
        return principal === undefined ? [] : [`${resource} ${principal} ${host} ${operation} ${permission}`];
      });
    expect(expected.length).toBeGreaterThan(3);
    expect(
      found()
        .acls.items.map(
          (a) =>
            `${a.resourceType} ${a.resourceName} ${a.pattern} ${a.principal} ${a.host} ${a.operation} ${a.permission}`,
        )
        .toSorted(),
    ).toEqual(expected.toSorted());
  });

  it.runIf(has.sizes)("agrees with kafka-log-dirs on the bytes of logs that stand still", () => {
    const sizes = new Map<string, number>();
    for (const [, partition = "", size] of said(7).matchAll(/\{"partition":"([^"]+)","size":(\d+)/g))
      sizes.set(partition, Number(size));
    const still = whole().filter(({ topic }) => !topic.startsWith("__"));
    expect(still.length).toBeGreaterThan(5);
    for (const p of still)
      expect([p.topic, known(p.sizeBytes)]).toEqual([p.topic, sizes.get(`${p.topic}-${p.partition}`)]);
  });
};
