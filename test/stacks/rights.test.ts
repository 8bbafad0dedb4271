import { readFileSync } from "node:fs";
import { describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { needsOf } from "../../stacks/needs.ts";
import { statementsOf } from "../../stacks/rights.ts";
import { settingsSchema } from "../../stacks/settings.ts";
import { UNSEEN, unseenReason } from "../../stacks/unseen-rights.ts";
import {
  deployed,
  HANDED_OVER,
  NAMES,
  ofType,
  one,
  policyOf,
  production,
  type Statement,
  statementsIn,
  trial,
} from "./graph.ts";

const bundles = inject("bundles");
const recorded = z
  .object({ madeBy: z.literal("npm run record-calls"), calls: z.record(z.string(), z.array(z.string()).min(1)) })
  .parse(JSON.parse(readFileSync(new URL("./recorded-calls.json", import.meta.url), "utf8"))).calls;

/** Rights that no call of a client shows: another service uses them for the function, or a call brings them along. */
const NO_CALL =
  /^(kms|logs|xray|sqs|ec2|iam):|^ecs:TagResource$|^dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)$/;
const actionsOf = (statements: readonly Statement[]): ReadonlySet<string> =>
  new Set(statements.flatMap(({ Action }) => Action));
const granted = (name: string): ReadonlySet<string> => actionsOf(policyOf(deployed(name).role));
const callable = (name: string): readonly string[] => [...granted(name)].filter((action) => !NO_CALL.test(action));

/** What IAM calls the operations that are left in a bundle. */
const inBundle = (name: string): readonly string[] => {
  const operations = bundles.find((bundle) => bundle.name === name)?.operations ?? [];
  return operations.map((operation) => (operation === "lambda:Invoke" ? "lambda:InvokeFunction" : operation));
};

describe("what a function may do", () => {
  it("is nobody's but Lambda's to take, and nothing that AWS manages comes beside it", () => {
    for (const name of NAMES) {
      const { inputs } = deployed(name).role;
      expect(
        statementsIn(String(inputs["assumeRolePolicy"]).replace('"Effect"', '"Resource":[],"Effect"')),
        name,
      ).toEqual([
        expect.objectContaining({ Action: ["sts:AssumeRole"], Principal: { Service: "lambda.amazonaws.com" } }),
      ]);
      expect(inputs["managedPolicyArns"], name).toEqual([]);
    }
  });

  it("holds all that recorded runs called", () => {
    expect(Object.keys(recorded).length).toBeGreaterThan(15);
    for (const [name, called] of Object.entries(recorded))
      for (const action of called) expect(granted(name), `${name} called ${action}`).toContain(action);
  });

  it("holds nothing that its bundle could not call", () => {
    for (const name of NAMES)
      for (const action of callable(name)) expect(inBundle(name), `${name} may ${action}`).toContain(action);
  });

  it("holds nothing unseen without a reason, and no reason is left for what was seen", () => {
    const used = new Set<string>();
    for (const name of NAMES)
      for (const action of callable(name)) {
        if (recorded[name]?.includes(action)) continue;
        const reason = unseenReason(name, action);
        expect(
          reason,
          `${name} may ${action}, and no recorded run called it: say in stacks/unseen-rights.ts why`,
        ).toBeDefined();
        if (reason !== undefined) used.add(reason.key);
      }
    expect(Object.keys(UNSEEN).filter((key) => !used.has(key))).toEqual([]);
  });

  it("lets only those write parameters that stop and start clients, and readers read", () => {
    const writers = NAMES.filter((name) => granted(name).has("ssm:PutParameter"));
    expect(writers).toEqual(NAMES.filter((name) => needsOf(name).has("turn-switches")));
    expect([...writers].sort()).toEqual([
      "commands-roll-back-wave",
      "commands-thaw-wave",
      "steps-cutover",
      "steps-move-consumers",
      "steps-roll-back",
      "steps-thaw",
      "timer-thaw-at-deadline",
      "timer-tick-wave",
    ]);
    const readers = NAMES.filter((name) => /^http-(read|list)-/.test(name));
    expect(readers.length).toBeGreaterThan(5);
    for (const name of readers)
      expect([...callable(name)].sort(), name).toEqual(
        // The document of the routes is the same for everybody, and is nowhere stored.
        name === "http-read-openapi" ? [] : ["dynamodb:GetItem", "dynamodb:Query"],
      );
    for (const name of NAMES)
      for (const action of granted(name))
        expect(action, name).not.toMatch(/^(iam:(?!PassRole)|sts:(?!AssumeRole))|Policy$/);
  });

  it("lets a command's worker be invoked by the route that hands it over and by nobody else", () => {
    for (const graph of [production, trial]) {
      const roles = ofType("aws:iam/role:Role", graph);
      for (const [name, routes] of Object.entries(HANDED_OVER)) {
        const invoking = roles.filter((role) =>
          policyOf(role).some(
            ({ Action, Resource }) =>
              Action.some((action) => action.startsWith("lambda:")) &&
              Resource.some((resource) => resource.endsWith(`-commands-${name}`) || resource.includes("*")),
          ),
        );
        expect(invoking.map((role) => role.name).toSorted()).toEqual(
          routes.map((one) => deployed(`http-${one}`).role.name).toSorted(),
        );
      }
      // A right in the function's own policy would let another service in.
      const permitted = ofType("aws:lambda/permission:Permission", graph).map(({ inputs }) =>
        String(inputs["function"]),
      );
      expect(permitted.length).toBeGreaterThan(5);
      expect(permitted.filter((one) => one.includes("-commands-"))).toEqual([]);
    }
  });

  it("lets no function of the API write what a command does on the clusters", () => {
    for (const name of NAMES.filter((one) => one.startsWith("http-")))
      for (const action of granted(name))
        expect(action, name).not.toMatch(/^(ssm|scheduler|ecs|secretsmanager|kafka|ec2):/);
  });

  it("takes only the roles that the stage's settings name for Kafka", () => {
    const taken = [...NAMES.map((name) => deployed(name).role), one("aws:iam/role:Role", "WorkersTaskRole")].flatMap(
      (role) => policyOf(role).filter(({ Action }) => Action.includes("sts:AssumeRole")),
    );
    expect(taken.length).toBeGreaterThan(5);
    for (const { Resource } of taken) expect(Resource).toEqual(["arn:aws:iam::123456789012:role/sluice-on-kafka"]);
  });

  it("passes only the stage's own roles on, and only to whom they are for", () => {
    const passed = NAMES.flatMap((name) =>
      policyOf(deployed(name).role).filter(({ Action }) => Action.includes("iam:PassRole")),
    );
    expect(passed.length).toBeGreaterThan(5);
    for (const { Resource, Condition } of passed) {
      expect(Resource[0]).toMatch(/:role\/sluice-production-(deadlines|worker|worker-execution)$/);
      expect(Condition).toEqual({
        StringEquals: { "iam:PassedToService": expect.stringMatching(/^(scheduler|ecs-tasks)\.amazonaws\.com$/) },
      });
    }
  });
});

describe("no role of a stage", () => {
  const roles = [production, trial].flatMap((graph) => ofType("aws:iam/role:Role", graph));

  it("may do everything of a service", () => {
    for (const role of roles)
      for (const action of actionsOf(policyOf(role))) expect(action, role.name).not.toContain("*");
  });

  it("reaches every resource, unless AWS knows nothing narrower and the stack says so", () => {
    const reasoned = new Set(
      NAMES.flatMap((name) =>
        statementsOf(name, {
          place: { stage: "production", region: "eu-west-1", account: "123456789012" },
          settings: settingsSchema.parse(
            JSON.parse(readFileSync(new URL("../../stacks/stages/example.json", import.meta.url), "utf8")),
          ),
          given: { tableArn: "t", keyArn: "k" },
        })
          .filter(({ why }) => why !== undefined)
          .flatMap(({ Action }) => Action),
      ),
    );
    // Of the machines' and the workers' roles; their stacks give the reasons.
    const elsewhere =
      /^(logs:\w+Log\w*|logs:(PutResourcePolicy|DescribeResourcePolicies)|xray:GetSampling\w+|ecr:GetAuthorizationToken)$/;
    expect(reasoned.size).toBeGreaterThan(5);
    for (const role of roles)
      for (const { Action, Resource } of policyOf(role))
        if (Resource.some((resource) => resource === "*"))
          for (const action of Action)
            expect(reasoned.has(action) || elsewhere.test(action), `${role.name}: ${action}`).toBe(true);
  });

  it("of another service is trusted by that service alone, in this account", () => {
    const others = roles.filter(({ inputs }) => !String(inputs["assumeRolePolicy"]).includes("lambda.amazonaws.com"));
    expect(others.length).toBeGreaterThanOrEqual(12);
    for (const { name, inputs } of others)
      expect(JSON.parse(String(inputs["assumeRolePolicy"])).Statement, name).toEqual([
        {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Service: expect.stringMatching(/^(states|scheduler|ecs-tasks)\.amazonaws\.com$/) },
          Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        },
      ]);
  });
});
