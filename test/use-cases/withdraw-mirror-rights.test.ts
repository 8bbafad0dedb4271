import { expect, it } from "vitest";
import type { AclEntry } from "#core/kafka/acl.ts";
import { writeFact } from "#use-cases/wave-facts.ts";
import { startHome } from "../in-memory/home.ts";
import { waveFile } from "../in-memory/migration.ts";

const shared: AclEntry = {
  resourceType: "TOPIC",
  resourceName: "mm2-offset-syncs.source.internal",
  pattern: "LITERAL",
  principal: "User:mirror-forward",
  host: "*",
  operation: "WRITE",
  permission: "ALLOW",
};

it("takes with the last wave what another wave had added for all of them", async () => {
  const home = await startHome({ waves: [waveFile("payments"), waveFile("orders")] });
  const others: AclEntry = { ...shared, principal: "User:orders-api" };
  home.estate.target.acls = [shared, others];
  const orders = { migration: "shop", wave: "orders" };
  await writeFact(home.store.items, orders, "mirror-rights", { source: [], target: [shared] });
  await home.reach("sealed");
  expect(home.estate.target.acls).not.toContainEqual(shared);
  expect(home.estate.target.acls).toContainEqual(others);
});
