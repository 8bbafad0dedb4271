import { expect, test } from "vitest";
import { migrationSchema } from "#core/migration/migration.ts";
import { migrationFile } from "../../in-memory/migration.ts";

const issuesOf = (planning: object) => {
  const parsed = migrationSchema.safeParse(migrationFile({ planning }));
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
};

test("what a target and prices may say", () => {
  const target = {
    clusterName: "shop-new",
    kafkaVersion: "4.1.x.kraft",
    instanceType: "express.m7g.large",
    subnets: ["subnet-a", "subnet-b", "subnet-c"],
    securityGroups: ["sg-1"],
    certificateAuthorities: ["arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1"],
  };
  const prices = {
    instanceHour: { "express.m7g.large": 0.4 },
    storageGigabyteMonth: 0.1,
    express: { storageGigabyteMonth: 0.1, ingressGigabyte: 0.01 },
    sourceDay: 90,
    from: "a list",
  };
  const throughput = { taskBytesPerSecond: 1e6, tasksPerWorker: 4, from: "a trial" };
  expect(issuesOf({ target, prices, throughput })).toEqual([]);
});

test.each([
  [{ target: { clusterName: "-shop" } }, "planning.target.clusterName: expected 1 to 64 of a-z, A-Z, 0-9 and -"],
  [
    { target: { kafkaVersion: "latest" } },
    "planning.target.kafkaVersion: expected a version as MSK names it, such as 3.9.x",
  ],
  [
    { target: { instanceType: "m7g.large" } },
    "planning.target.instanceType: expected a size of MSK's brokers such as kafka.m7g.large",
  ],
  [{ target: { subnets: ["subnet-a"] } }, "planning.target.subnets: "],
  [{ target: { securityGroups: [] } }, "planning.target.securityGroups: "],
  [{ target: { zones: 3 } }, "planning.target: "],
  [{ throughput: { tasksPerWorker: 0, from: "a trial" } }, "planning.throughput.tasksPerWorker: "],
  [
    { prices: { instanceHour: {}, storageGigabyteMonth: 0.1, from: "a list", sourceDay: -1 } },
    "planning.prices.sourceDay: ",
  ],
])("%j is refused by its field", (planning, says) => {
  expect(issuesOf(planning)).toEqual([expect.stringContaining(says)]);
});
