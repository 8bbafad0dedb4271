import { describe, expect, it } from "vitest";
import { migrationSchema } from "#core/migration/migration.ts";
import { migrationFile } from "../../in-memory/migration.ts";

const client = { name: "api", kind: "producer", principal: "User:api", switch: { ssm: "/api/cluster" } };
const loosened = { kind: "group", name: "crm", topic: "audit", by: "olga", until: "2026-12-31", reason: "later" };

const findings = (planning: object | undefined, changes: object = {}): readonly (readonly [string, string])[] => {
  const parsed = migrationSchema.safeParse(
    migrationFile({ ...(planning === undefined ? {} : { planning }), ...changes }),
  );
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => [path.join("."), message] as const);
};

describe("the section planning", () => {
  it("may be empty, and has limits for every wave then", () => {
    const file = migrationSchema.parse(migrationFile({ planning: {}, waves: [] }));
    expect(file.planning).toMatchObject({
      limits: { partitions: 500, teams: 5, groups: 50 },
      headroom: 0.4,
      loosened: [],
    });
  });

  it("stands in for waves, and a file without both is told so", () => {
    expect(findings({}, { waves: [] })).toEqual([]);
    expect(findings(undefined, { waves: [] })).toEqual([
      ["waves", "names no wave; expected one, or a section planning from which a plan of the waves is proposed"],
    ]);
  });

  it("may say the same of a group or a client as the waves that came of it", () => {
    const [wave] = migrationFile().waves;
    expect(findings({ groups: wave?.groups, clients: wave?.clients })).toEqual([]);
  });

  it.each<[string, object, string, string]>([
    [
      "loosened by nobody",
      { loosened: [{ ...loosened, by: "nobody" }] },
      "planning.loosened.0.by",
      "expected the id of a person of this file: olga, carl, sara",
    ],
    [
      "loosened twice",
      { loosened: [loosened, loosened] },
      "planning.loosened.1.name",
      "is said already in planning.loosened[0]; remove one of the two",
    ],
    [
      "a group twice",
      { groups: [1, 2].map(() => ({ id: "g", owner: "o", reset: "latest" })) },
      "planning.groups.1.id",
      "is said already in planning.groups[0]; remove one of the two",
    ],
    [
      "a client twice",
      { clients: [client, client] },
      "planning.clients.1.name",
      "is said already in planning.clients[0]; remove one of the two",
    ],
    [
      "a producer with a group",
      { clients: [{ ...client, group: "g" }] },
      "planning.clients.0.group",
      "a producer has no group; leave it out, or make it kind both",
    ],
    [
      "a consumer without one",
      { clients: [{ ...client, kind: "consumer" }] },
      "planning.clients.0.group",
      "expected the id of a group of planning.groups, or of a wave",
    ],
    [
      "a reset without a reason",
      { groups: [{ id: "g", owner: "o", reset: "latest", plan: "reset-latest" }] },
      "planning.groups.0.reason",
      "is missing; plan reset-latest needs a reason",
    ],
    [
      "a day that is none",
      { loosened: [{ ...loosened, until: "soon" }] },
      "planning.loosened.0.until",
      "expected a date such as 2026-12-31",
    ],
    [
      "more groups than a wave holds",
      { limits: { groups: 201 } },
      "planning.limits.groups",
      "Too big: expected number to be <=200",
    ],
  ])("refuses %s, naming the field", (_, planning, path, message) => {
    expect(findings(planning)).toContainEqual([path, message]);
  });
});
