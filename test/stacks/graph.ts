import { inject } from "vitest";
import { FUNCTIONS } from "#functions/manifest.ts";
import type { Graph, Resource } from "#local/synth/graph.ts";
import { componentName } from "../../stacks/names.ts";

export const { production, trial } = inject("stages");

export const ofType = (type: string, graph: Graph = production): readonly Resource[] => {
  const found = graph.resources.filter((resource) => resource.type === type);
  if (found.length === 0)
    throw new Error(
      `the graph has nothing of type ${type}; it has ${[...new Set(graph.resources.map((one) => one.type))].join(", ")}`,
    );
  return found;
};

export const one = (type: string, name: string, graph: Graph = production): Resource => {
  const found = ofType(type, graph).filter((resource) => resource.name === name);
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(
      `${found.length} of ${type} named ${name}; there are ${ofType(type, graph)
        .map((resource) => resource.name)
        .join(", ")}`,
    );
  return first;
};

/** What stands below a key of a resource's inputs. */
export const below = ({ name, inputs }: Resource, key: string): Readonly<Record<string, unknown>> => {
  const found = inputs[key];
  if (typeof found !== "object" || found === null) throw new Error(`${name} has no ${key}`);
  return { ...found };
};

export type Statement = {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, unknown>>;
};

const listed = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [String(value)]);

export const statementsIn = (document: string): readonly Statement[] => {
  const { Statement } = JSON.parse(document) as {
    readonly Statement: readonly (Omit<Statement, "Action" | "Resource"> & {
      readonly Action: unknown;
      readonly Resource: unknown;
    })[];
  };
  return Statement.map((statement) => ({
    ...statement,
    Action: listed(statement.Action),
    Resource: listed(statement.Resource),
  }));
};

export const policyOf = (role: Resource): readonly Statement[] =>
  ((role.inputs["inlinePolicies"] ?? []) as readonly { readonly policy: string }[]).flatMap(({ policy }) =>
    statementsIn(policy),
  );

/** A deployed function of the manifest with all that belongs to it. */
export const deployed = (name: string, graph: Graph = production) => {
  const component = componentName(name);
  return {
    function: one("aws:lambda/function:Function", `${component}Function`, graph),
    role: one("aws:iam/role:Role", `${component}Role`, graph),
    logGroup: one("aws:cloudwatch/logGroup:LogGroup", `${component}LogGroup`, graph),
    invocation: one(
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
      `${component}EventInvokeConfig`,
      graph,
    ),
  };
};

export const NAMES = FUNCTIONS.map(({ name }) => name);

/** By each command's worker the routes that hand over to it. */
export const HANDED_OVER: Readonly<Record<string, readonly string[]>> = {
  "thaw-wave": ["thaw-wave"],
  "roll-back-wave": ["roll-back-wave"],
  "plan-waves": ["propose-plan", "accept-plan"],
};
