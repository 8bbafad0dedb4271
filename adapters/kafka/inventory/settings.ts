import { ConfigResourceTypes, ConfigSources, describeConfigsV4 } from "@platformatic/kafka";
import type { Config, ConfigOrigin, Configs } from "#core/inventory/config.ts";
import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import type { ClusterIdentity } from "../cluster-settings.ts";
import { code } from "../faults.ts";
import type { AskedBrokers } from "./asked-brokers.ts";
import { inChunks } from "./in-chunks.ts";
import { refusal } from "./refusal.ts";

const topicsPerRequest = 500;

/** Every effective setting of every topic: a request by five hundred, the brokers taking turns. */
export async function topicSettings(
  brokers: AskedBrokers,
  cluster: ClusterIdentity,
  topics: readonly string[],
): Promise<ReadonlyMap<string, OrUnknown<Configs>>> {
  const settings = new Map<string, OrUnknown<Configs>>();
  const same = new SameConfigs();
  await Promise.all(
    inChunks(topics, topicsPerRequest).map(async (chunk) => {
      const asked = chunk.map((resourceName) => resource(ConfigResourceTypes.TOPIC, resourceName));
      const answer = await brokers.askAny("DescribeConfigs", describeConfigsV4.api, asked, false, false);
      if (isUnknown(answer)) for (const topic of chunk) settings.set(topic, answer);
      else
        for (const result of answer.results)
          settings.set(
            result.resourceName,
            result.errorCode === code.none
              ? same.of(result.configs)
              : refusal(
                  "DescribeConfigs",
                  {
                    cluster,
                    doing: `reading the settings of topic ${result.resourceName}`,
                    needs: { resource: "topic", name: result.resourceName, operation: "DescribeConfigs" },
                  },
                  result.errorCode,
                  result.errorMessage,
                ),
          );
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
  [ConfigSources.DYNAMIC_BROKER_CONFIG, "broker"],
  [ConfigSources.DYNAMIC_DEFAULT_BROKER_CONFIG, "cluster"],
  [ConfigSources.STATIC_BROKER_CONFIG, "file"],
  [ConfigSources.DEFAULT_CONFIG, "default"],
]);
