import type { API } from "@platformatic/kafka";
import { RetryableFault } from "#core/fault.ts";
import type { Source } from "#core/inventory/source.ts";
import { isUnknown, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import type { BrokerAddress } from "../broker-address.ts";
import type { Connections, Offer } from "../connections.ts";

type Heard = { lastAnswerAt: number; silent: Unknown | undefined; readonly fellSilent: PromiseWithResolvers<Unknown> };

/**
 * The brokers of one cluster as a scan asks them: what a broker does not tell is unknown, never a fault. One that answered
 * nothing for the time of a request is not asked again, so that it costs that time once, however much it was to be asked.
 */
export class AskedBrokers {
  readonly #connections: Connections;
  readonly #addresses: ReadonlyMap<number, BrokerAddress>;
  readonly #heard = new Map<number, Heard>();
  #next = 0;

  constructor(connections: Connections, addresses: ReadonlyMap<number, BrokerAddress>) {
    this.#connections = connections;
    this.#addresses = addresses;
  }

  get ids(): readonly number[] {
    return [...this.#addresses.keys()].toSorted((a, b) => a - b);
  }

  ask<Arguments extends unknown[], Answer>(
    broker: number,
    source: Source,
    api: API<Arguments, Answer>,
    ...args: Arguments
  ): Promise<OrUnknown<Answer>> {
    return this.#within(broker, source, (address) => this.#connections.ask(address, api, ...args));
  }

  /** Whichever broker answers; each time another one first. */
  async askAny<Arguments extends unknown[], Answer>(
    source: Source,
    api: API<Arguments, Answer>,
    ...args: Arguments
  ): Promise<OrUnknown<Answer>> {
    const { ids } = this;
    const from = this.#next++;
    let last: OrUnknown<Answer> = unknown(source, "the cluster named no broker that could be asked");
    for (let n = 0; n < ids.length; n++) {
      last = await this.ask(ids[(from + n) % ids.length] ?? -1, source, api, ...args);
      if (!isUnknown(last)) return last;
    }
    return last;
  }

  offer(broker: number): Promise<OrUnknown<Offer>> {
    return this.#within(broker, "ApiVersions", (address) => this.#connections.offer(address));
  }

  async supports(broker: number, api: { readonly key: number; readonly version: number }): Promise<boolean> {
    const offer = await this.offer(broker);
    if (isUnknown(offer)) return false;
    const range = offer.versions.get(api.key);
    return range !== undefined && api.version >= range.min && api.version <= range.max;
  }

  async #within<Answer>(
    broker: number,
    source: Source,
    ask: (address: BrokerAddress) => Promise<Answer>,
  ): Promise<OrUnknown<Answer>> {
    const address = this.#addresses.get(broker);
    if (address === undefined) return unknown(source, `the cluster names no broker ${broker} now`);
    const heard = this.#heardOf(broker);
    if (heard.silent) return by(source, heard.silent);
    const sentAt = performance.now();
    const answered = ask(address).then(
      (answer) => {
        heard.lastAnswerAt = performance.now();
        return answer;
      },
      (error: unknown) => {
        const why = unknown(source, error instanceof Error ? error.message : String(error));
        if (!(error instanceof RetryableFault) || heard.lastAnswerAt >= sentAt) return why;
        heard.silent ??= why;
        heard.fellSilent.resolve(why);
        return why;
      },
    );
    const first = await Promise.race([answered, heard.fellSilent.promise]);
    return isUnknown(first) ? by(source, first) : first;
  }

  #heardOf(broker: number): Heard {
    const known = this.#heard.get(broker);
    if (known) return known;
    const heard: Heard = { lastAnswerAt: -1, silent: undefined, fellSilent: Promise.withResolvers<Unknown>() };
    this.#heard.set(broker, heard);
    return heard;
  }
}

/** The same silence, for what this request was to tell. */
const by = (source: Source, { unknown: { why, cure } }: Unknown): Unknown => unknown(source, why, cure);
