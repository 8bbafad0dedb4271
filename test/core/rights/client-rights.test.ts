import { describe, expect, it } from "vitest";
import type { AclEntry } from "#core/kafka/acl.ts";
import { clientRightsExceptWrite, clientRightsToWrite, missingFrom } from "#core/rights/client-rights.ts";
import { migration, waveWithBoth } from "../../in-memory/migration.ts";
import { onGroup, onTopic } from "./entries.ts";

// Topic payments, group payments-ledger, producer User:payments-api, consumer User:payments-ledger.
const [plan] = migration().waves;
if (plan === undefined) throw new Error("the file has a wave");
const API = "User:payments-api";
const LEDGER = "User:payments-ledger";
const short = (entries: readonly AclEntry[]): string[] =>
  entries.map(
    (e) => `${e.permission} ${e.principal} ${e.operation} ${e.resourceType} ${e.pattern} ${e.resourceName} ${e.host}`,
  );

describe("what a wave's clients may do on the target before they may write", () => {
  it("is what they may on the source, on the wave's own names, literally", () => {
    const source = [
      onTopic(LEDGER, "READ", "pay", { pattern: "PREFIXED" }),
      onGroup(LEDGER, "READ", "*", { host: "10.0.0.1" }),
      onTopic(LEDGER, "READ", "orders"),
      onGroup(LEDGER, "READ", "another"),
    ];
    expect(short(clientRightsExceptWrite(source, plan))).toEqual([
      `ALLOW ${LEDGER} READ TOPIC LITERAL payments *`,
      `ALLOW ${LEDGER} READ GROUP LITERAL payments-ledger 10.0.0.1`,
    ]);
  });

  it("has DESCRIBE for WRITE, and ALL without WRITE", () => {
    expect(short(clientRightsExceptWrite([onTopic(API, "WRITE", "payments")], plan))).toEqual([
      `ALLOW ${API} DESCRIBE TOPIC LITERAL payments *`,
    ]);
    const all = clientRightsExceptWrite(
      [onTopic(API, "ALL", "payments"), onGroup(LEDGER, "ALL", "payments-ledger")],
      plan,
    );
    expect(all.map((e) => `${e.resourceType} ${e.operation}`)).toEqual([
      "TOPIC READ",
      "TOPIC DESCRIBE",
      "TOPIC DESCRIBE_CONFIGS",
      "GROUP READ",
      "GROUP DESCRIBE",
      "GROUP DELETE",
    ]);
  });

  it("is nothing for principals that are no clients of the wave", () => {
    expect(clientRightsExceptWrite([onTopic("User:other", "ALL", "payments")], plan)).toEqual([]);
  });

  it("names each right once, however many source entries give it", () => {
    const source = [
      onTopic(LEDGER, "READ", "payments"),
      onTopic(LEDGER, "READ", "*"),
      onTopic(LEDGER, "READ", "p", { pattern: "PREFIXED" }),
    ];
    expect(clientRightsExceptWrite(source, plan)).toHaveLength(1);
  });

  it("is each client's own where the source allows everyone, and nobody else's", () => {
    expect(short(clientRightsExceptWrite([onTopic("User:*", "READ", "payments")], plan))).toEqual([
      `ALLOW ${API} READ TOPIC LITERAL payments *`,
      `ALLOW ${LEDGER} READ TOPIC LITERAL payments *`,
    ]);
  });

  it("is not what the source denies, and keeps a DENY of some hosts", () => {
    const read = onTopic(LEDGER, "READ", "*");
    for (const deny of [
      onTopic(LEDGER, "READ", "payments", { permission: "DENY" }),
      onTopic("User:*", "ALL", "pay", { permission: "DENY", pattern: "PREFIXED" }),
    ])
      expect(clientRightsExceptWrite([read, deny], plan).filter((e) => e.permission === "ALLOW")).toEqual([]);
    const oneHost = onTopic(LEDGER, "READ", "payments", { permission: "DENY", host: "10.0.0.9" });
    expect(short(clientRightsExceptWrite([read, oneHost], plan))).toEqual([
      `ALLOW ${LEDGER} READ TOPIC LITERAL payments *`,
      `DENY ${LEDGER} READ TOPIC LITERAL payments 10.0.0.9`,
    ]);
  });
});

describe("transactional ids", () => {
  const [withBoth] = migration({ waves: [waveWithBoth("payments")] }).waves;
  if (withBoth === undefined) throw new Error("the file has a wave");
  const SETTLER = "User:payments-settler";
  const onId = (principal: string, name: string, more: Partial<AclEntry> = {}) =>
    onTopic(principal, "WRITE", name, { resourceType: "TRANSACTIONAL_ID", ...more });

  it("go along as they are, for those that write, before they may write: a transaction must end without that right too", () => {
    const source = [
      onId(SETTLER, "settler-", { pattern: "PREFIXED" }),
      onId(API, "*"),
      onId(SETTLER, "settler-9", { permission: "DENY" }),
      onId(LEDGER, "ledger"),
      onId("User:other", "other"),
    ];
    expect(short(clientRightsExceptWrite(source, withBoth))).toEqual([
      `ALLOW ${SETTLER} WRITE TRANSACTIONAL_ID PREFIXED settler- *`,
      `ALLOW ${API} WRITE TRANSACTIONAL_ID LITERAL * *`,
      `DENY ${SETTLER} WRITE TRANSACTIONAL_ID LITERAL settler-9 *`,
    ]);
    expect(clientRightsToWrite(source, withBoth)).toEqual([]);
  });

  it("that are everyone's become each writer's own", () => {
    expect(short(clientRightsExceptWrite([onId("User:*", "*")], withBoth))).toEqual([
      `ALLOW ${API} WRITE TRANSACTIONAL_ID LITERAL * *`,
      `ALLOW ${SETTLER} WRITE TRANSACTIONAL_ID LITERAL * *`,
    ]);
  });
});

describe("the right to write on the target", () => {
  it("is each client's that may write on the source, by WRITE or ALL", () => {
    const source = [
      onTopic(API, "ALL", "pay", { pattern: "PREFIXED" }),
      onTopic(LEDGER, "READ", "payments"),
      onTopic("User:other", "WRITE", "payments"),
    ];
    expect(short(clientRightsToWrite(source, plan))).toEqual([`ALLOW ${API} WRITE TOPIC LITERAL payments *`]);
  });

  it("is nobody's that the source denies it", () => {
    const source = [onTopic(API, "WRITE", "payments"), onTopic(API, "WRITE", "payments", { permission: "DENY" })];
    expect(clientRightsToWrite(source, plan)).toEqual([]);
  });
});

it("what is missing is told by the whole entry: another host or permission is another right", () => {
  const wanted = onTopic(API, "READ", "payments");
  expect(missingFrom([wanted], [{ ...wanted }])).toEqual([]);
  expect(
    missingFrom(
      [
        { ...wanted, host: "10.0.0.1" },
        { ...wanted, permission: "DENY" },
      ],
      [wanted],
    ),
  ).toEqual([wanted]);
});
