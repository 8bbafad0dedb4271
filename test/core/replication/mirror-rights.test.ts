import { describe, expect, it } from "vitest";
import type { AclEntry } from "#core/kafka/acl.ts";
import { mirrorRights } from "#core/replication/mirror-rights.ts";

const rights = (direction: "forward" | "reverse", emitsOffsetSyncs = false) =>
  mirrorRights({ migration: "shop", direction, principal: "User:m", topics: ["a.b"], emitsOffsetSyncs });
const short = (entries: readonly AclEntry[]) =>
  entries.map(
    (e) => `${e.permission} ${e.principal}@${e.host} ${e.operation} ${e.resourceType}:${e.pattern}:${e.resourceName}`,
  );

describe("the mirror's rights", () => {
  it("read upstream, write downstream, and keep the worker's own group and topics downstream", () => {
    const down = (name: string) => [
      "ALLOW User:m@* WRITE TOPIC:LITERAL:a.b",
      `ALLOW User:m@* READ GROUP:LITERAL:${name}`,
      `ALLOW User:m@* READ TOPIC:PREFIXED:${name}-`,
      `ALLOW User:m@* WRITE TOPIC:PREFIXED:${name}-`,
      `ALLOW User:m@* CREATE TOPIC:PREFIXED:${name}-`,
    ];
    const up = ["ALLOW User:m@* READ TOPIC:LITERAL:a.b"];
    const forward = rights("forward");
    expect([short(forward.source), short(forward.target)]).toEqual([up, down("sluice-shop-forward")]);
    const reverse = rights("reverse");
    expect([short(reverse.target), short(reverse.source)]).toEqual([up, down("sluice-shop-reverse")]);
  });

  it("include the topic of offset syncs only where they are written", () => {
    const added = (direction: "forward" | "reverse", side: "source" | "target") =>
      short(rights(direction, true)[side]).filter((e) => !short(rights(direction)[side]).includes(e));
    expect(added("forward", "target")).toEqual([
      "ALLOW User:m@* WRITE TOPIC:LITERAL:mm2-offset-syncs.source.internal",
      "ALLOW User:m@* CREATE TOPIC:LITERAL:mm2-offset-syncs.source.internal",
    ]);
    expect(added("forward", "source")).toEqual([]);
  });
});
