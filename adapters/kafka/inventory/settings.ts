import { ConfigResourceTypes, ConfigSources, describeConfigsV4 } from "@platformatic/kafka";
import type { Config, ConfigOrigin, Configs } from "#core/inventory/config.ts";
import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import type { ClusterIdentity } from "../cluster-settings.ts";
import { code } from "../faults.ts";
import type { AskedBrokers } from "./asked-brokers.ts";
import { inChunks } from "./in-chunks.ts";
import { refusal } from "./refusal.ts";

const namesPerRequest = 500;

const TYPES = { topic: ConfigResourceTypes.TOPIC, group: ConfigResourceTypes.GROUP } as const;

/** Every effective setting of every topic or group: a request by five hundred, the brokers taking turns. */
export async function settingsByName(
  brokers: AskedBrokers,
  cluster: ClusterIdentity,
  kind: keyof typeof TYPES,
  names: readonly string[],
): Promise<ReadonlyMap<string, OrUnknown<Configs>>> {
  const settings = new Map<string, OrUnknown<Configs>>();
  const same = new SameConfigs();
  await Promise.all(
    inChunks(names, namesPerRequest).map(async (chunk) => {
      const asked = chunk.map((name) => resource(TYPES[kind], name));
      const answer = await brokers.askAny("DescribeConfigs", describeConfigsV4.api, asked, false, false);
      if (isUnknown(answer)) for (const name of chunk) settings.set(name, answer);
      else
        for (const { resourceName: name, errorCode, errorMessage, configs } of answer.results) {
          const needs = { resource: kind, name, operation: "DescribeConfigs" } as const;
          const attempt = { cluster, doing: `reading the settings of ${kind} ${name}`, needs };
          // Before Kafka 3.8 groups have no settings, and brokers call the question a mistake.
          const hasNone = kind === "group" && errorCode === code.invalidRequest;
          settings.set(
            name,
            errorCode === code.none || hasNone
              ? same.of(configs)
              : refusal("DescribeConfigs", attempt, errorCode, errorMessage),
          );
        }
    }),
  );
  return settings;
}

/** Only a broker itself knows what stands in its file. */
export async function brokerSettings(
  brokers: AskedBrokers,
  cluster: ClusterIdentity,
  broker: number,
): Promise<OrUnknown<Configs>> {
  const asked = [resource(ConfigResourceTypes.BROKER, String(broker))];
  const answer = await brokers.ask(broker, "DescribeConfigs", describeConfigsV4.api, asked, false, false);
  if (isUnknown(answer)) return answer;
  const [result] = answer.results;
  if (result === undefined) return unknown("DescribeConfigs", `broker ${broker} said nothing of itself`);
  if (result.errorCode === code.none) return new SameConfigs().of(result.configs);
  const attempt = {
    cluster,
    doing: `reading the settings of broker ${broker}`,
    needs: { resource: "cluster", operation: "DescribeConfigs" },
  } as const;
  return refusal("DescribeConfigs", attempt, result.errorCode, result.errorMessage);
}

const resource = (
  resourceType: (typeof ConfigResourceTypes)[keyof typeof ConfigResourceTypes],
  resourceName: string,
) => ({ resourceType, resourceName, configurationKeys: null });

type Told = { readonly name: string; readonly value?: string | null | undefined; readonly configSource: number };

/** Topics mostly have the same settings: each is kept once, in thousands of topics too. */
class SameConfigs {
  readonly #known = new Map<string, Config>();

  of(told: readonly Told[]): Configs {
    const configs = new Map<string, Config>();
    for (const { name, value = null, configSource } of told) {
      const key = `${configSource} ${value === null ? "" : "="}${value ?? ""}`;
      let config = this.#known.get(key);
      if (config === undefined) {
        config = { value, origin: origins.get(configSource) ?? "other" };
        this.#known.set(key, config);
      }
      configs.set(name, config);
    }
    return configs;
  }
}

const origins: ReadonlyMap<number, ConfigOrigin> = new Map([
  [ConfigSources.DYNAMIC_TOPIC_CONFIG, "topic"],
  [ConfigSources.GROUP_CONFIG, "group"],
  [ConfigSources.DYNAMIC_BROKER_CONFIG, "broker"],
  [ConfigSources.DYNAMIC_DEFAULT_BROKER_CONFIG, "cluster"],
  [ConfigSources.STATIC_BROKER_CONFIG, "file"],
  [ConfigSources.DEFAULT_CONFIG, "default"],
]);
