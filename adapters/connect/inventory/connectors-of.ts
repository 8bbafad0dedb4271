import type { AskedServer } from "#adapters/http/asked-server.ts";
import type { HttpAnswer } from "#adapters/http/get-json.ts";
import type { Connector } from "#core/inventory/connector.ts";
import { topicsOfConnector } from "#core/inventory/connectors/connector-topics.ts";
import { maskConfig, shortTrace } from "#core/inventory/connectors/mask-config.ts";
import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import * as z from "#core/schema.ts";
import { PluginTypes } from "./plugin-types.ts";

const infoSchema = z.object({
  config: z.record(z.string(), z.nullable(z.string())),
  type: z.optional(z.string()),
});
const statusSchema = z.object({
  connector: z.object({ state: z.string(), trace: z.optional(z.string()) }),
  tasks: z.array(z.object({ id: z.int(), state: z.string(), trace: z.optional(z.string()) })),
});
const topicsSchema = z.record(z.string(), z.object({ topics: z.array(z.string()) }));
const expandedSchema = z.record(
  z.string(),
  z.object({ info: z.optional(z.unknown()), status: z.optional(z.unknown()) }),
);

/** Every connector of one Connect cluster; unknown where they cannot even be listed. */
export async function connectorsOf(asked: AskedServer, workers: string): Promise<OrUnknown<readonly Connector[]>> {
  const [listed, expanded] = await Promise.all([
    asked.get("/connectors"),
    asked.get("/connectors?expand=info&expand=status"),
  ]);
  const names = read(listed, z.array(z.string()));
  if (isUnknown(names)) return names;
  // Before Kafka 2.3 the names alone are answered, and a connector that is just being made is left out: those are asked about one by one.
  const whole = read(expanded, expandedSchema);
  const known: ReadonlyMap<string, z.output<typeof expandedSchema>[string]> = new Map(
    isUnknown(whole) ? [] : Object.entries(whole),
  );
  const types = new PluginTypes(asked);
  const found = await Promise.all(
    names.toSorted().map(async (name) => {
      const path = `/connectors/${encodeURIComponent(name)}`;
      const of = known.get(name);
      const [info, status, active] = await Promise.all([
        of?.info === undefined ? asked.get(path, [404]) : { status: 200, body: of.info },
        of?.status === undefined ? asked.get(`${path}/status`, [404]) : { status: 200, body: of.status },
        asked.get(`${path}/topics`),
      ]);
      if (!isUnknown(info) && info.status === 404) return undefined;
      return connectorOf({
        name,
        workers,
        info: read(info, infoSchema),
        status: read(status, statusSchema),
        active: read(active, topicsSchema),
        types,
      });
    }),
  );
  return found.filter((connector): connector is Connector => connector !== undefined);
}

async function connectorOf(o: {
  readonly name: string;
  readonly workers: string;
  readonly info: OrUnknown<z.output<typeof infoSchema>>;
  readonly status: OrUnknown<z.output<typeof statusSchema>>;
  readonly active: OrUnknown<z.output<typeof topicsSchema>>;
  readonly types: PluginTypes;
}): Promise<Connector> {
  const { name, workers, info, status } = o;
  if (isUnknown(info))
    return {
      name,
      workers,
      kind: "unknown",
      class: "",
      config: info,
      reads: info,
      writes: info,
      ...healthOf(status, undefined),
    };
  const config = Object.fromEntries(Object.entries(info.config).map(([key, value]) => [key, value ?? ""]));
  const masked = maskConfig(config, await o.types.of(config));
  const kind = info.type === "source" || info.type === "sink" ? info.type : "unknown";
  const active = isUnknown(o.active) ? o.active : (o.active[name]?.topics ?? []);
  return {
    name,
    workers,
    kind,
    class: config["connector.class"] ?? "",
    config: masked.config,
    ...topicsOfConnector({ name, kind, config, active }),
    ...healthOf(status, masked.secrets),
  };
}

/** Without what its settings hold nobody knows what of a trace is a secret. */
function healthOf(
  status: OrUnknown<z.output<typeof statusSchema>>,
  secrets: readonly string[] | undefined,
): Pick<Connector, "state" | "trace" | "tasks"> {
  if (isUnknown(status)) return { state: status, tasks: status };
  const short = (trace: string | undefined): { readonly trace?: string } =>
    trace === undefined || secrets === undefined ? {} : { trace: shortTrace(trace, secrets) };
  return {
    state: status.connector.state,
    ...short(status.connector.trace),
    tasks: status.tasks.map(({ id, state, trace }) => ({ id, state, ...short(trace) })),
  };
}

function read<T>(answer: OrUnknown<HttpAnswer>, schema: z.ZodMiniType<T>): OrUnknown<T> {
  if (isUnknown(answer)) return answer;
  const parsed = schema.safeParse(answer.body);
  return parsed.success
    ? parsed.data
    : unknown("Kafka Connect", "the worker answered in a form that is not known here");
}
