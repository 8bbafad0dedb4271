import type { AskedServer } from "#adapters/http/asked-server.ts";
import type { TypeOf } from "#core/inventory/connectors/mask-config.ts";
import { isUnknown } from "#core/inventory/unknown.ts";
import * as z from "#core/schema.ts";

const describedSchema = z.array(z.object({ name: z.string(), type: z.string() }));
type Types = ReadonlyMap<string, string>;
const NONE: Types = new Map();

/**
 * Which type each setting has, as the plugins themselves describe them: connectors, and the transforms, predicates and
 * converters in them, by their prefixes. Since Kafka 3.2 a worker tells; before, nothing is known, and nothing is taken for
 * harmless. Settings are never sent to be validated: that would resolve references and may reach other systems.
 */
export class PluginTypes {
  readonly #asked: AskedServer;
  readonly #known = new Map<string, Promise<Types>>();

  constructor(asked: AskedServer) {
    this.#asked = asked;
  }

  async of(config: Readonly<Record<string, string>>): Promise<TypeOf> {
    const plugins = await Promise.all(
      pluginsIn(config).map(async ({ prefix, className }) => ({ prefix, types: await this.#typesOf(className) })),
    );
    return (key) => {
      for (const { prefix, types } of plugins) {
        const type = key.startsWith(prefix) ? types.get(key.slice(prefix.length)) : undefined;
        if (type !== undefined) return type;
      }
      return undefined;
    };
  }

  #typesOf(className: string): Promise<Types> {
    const known = this.#known.get(className) ?? this.#ask(className);
    this.#known.set(className, known);
    return known;
  }

  async #ask(className: string): Promise<Types> {
    const answer = await this.#asked.get(`/connector-plugins/${encodeURIComponent(className)}/config`);
    if (isUnknown(answer)) return NONE;
    const parsed = describedSchema.safeParse(answer.body);
    return parsed.success ? new Map(parsed.data.map(({ name, type }) => [name, type])) : NONE;
  }
}

/** Longer prefixes first: a transform's own settings are none of the connector's. */
function pluginsIn(
  config: Readonly<Record<string, string>>,
): readonly { readonly prefix: string; readonly className: string }[] {
  return Object.entries(config)
    .flatMap(([key, className]) => {
      const inside = /^((?:transforms|predicates)\.[^.]+\.)type$/.exec(key)?.[1];
      if (inside !== undefined) return [{ prefix: inside, className }];
      if (/^(?:key|value|header)\.converter$/.test(key)) return [{ prefix: `${key}.`, className }];
      return key === "connector.class" ? [{ prefix: "", className }] : [];
    })
    .toSorted((a, b) => b.prefix.length - a.prefix.length);
}
