import { setTimeout as sleep } from "node:timers/promises";
import type { SecretReader } from "#adapters/secrets/secret-reader.ts";
import type { Source } from "#core/inventory/source.ts";
import { isUnknown, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import type { HttpServer } from "#core/migration/http-servers.ts";
import { getJson, type HttpAnswer, NoAnswer } from "./get-json.ts";
import { type SignedIn, signIn } from "./sign-in.ts";

export type AskedServerOptions = {
  /** As a sentence calls it: "the schema registry of the source". */
  readonly called: string;
  /** Where the migration file declares it: "source.schemaRegistry". */
  readonly declaredAt: string;
  readonly source: Source;
  readonly server: HttpServer;
  readonly secrets: Pick<SecretReader, "readCredentials" | "readToken" | "readClientCertificate">;
  readonly timeoutMilliseconds?: number;
};

const TIMEOUT_MILLISECONDS = 10_000;
const REQUESTS_AT_ONCE = 8;
/** A registry that many share bounds what one may ask in a second. */
const TRIES_WHEN_TOO_MANY = 6;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

/**
 * A server as a scan asks it, with GET alone: what it does not tell is unknown, never a fault. One that answered nothing for the
 * time of a request is not asked again, so that it costs that time once, however much it was to be asked.
 */
export class AskedServer {
  readonly #o: AskedServerOptions;
  readonly #waiting: (() => void)[] = [];
  readonly #fellSilent: PromiseWithResolvers<Unknown> = Promise.withResolvers<Unknown>();
  #signedIn: Promise<SignedIn> | undefined;
  #silent: Unknown | undefined;
  #lastAnswerAt = -1;
  #underWay = 0;

  constructor(o: AskedServerOptions) {
    this.#o = o;
  }

  /** `path` begins with "/", names in it encoded. Statuses besides 2xx are unknown, unless the caller takes them as answers. */
  async get(path: string, expects: readonly number[] = []): Promise<OrUnknown<HttpAnswer>> {
    if (this.#underWay >= REQUESTS_AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go));
    this.#underWay++;
    try {
      for (let pause = FIRST_PAUSE_MILLISECONDS, n = 1; ; pause *= 2, n++) {
        const answer = this.#silent ?? (await Promise.race([this.#ask(path), this.#fellSilent.promise]));
        if (isUnknown(answer)) return answer;
        const { status } = answer;
        if ((status >= 200 && status < 300) || expects.includes(status)) return answer;
        if (status !== 429 || n >= TRIES_WHEN_TOO_MANY) return this.#refused(path, answer);
        await sleep(
          Math.min(
            answer.retryAfterSeconds === undefined ? pause : answer.retryAfterSeconds * 1000,
            LONGEST_PAUSE_MILLISECONDS,
          ),
        );
      }
    } finally {
      this.#underWay--;
      this.#waiting.shift()?.();
    }
  }

  async close(): Promise<void> {
    const signedIn = await this.#signedIn?.catch(() => undefined);
    signedIn?.agent.destroy();
  }

  async #ask(path: string): Promise<OrUnknown<HttpAnswer>> {
    const { server, secrets, timeoutMilliseconds = TIMEOUT_MILLISECONDS } = this.#o;
    const sentAt = performance.now();
    try {
      this.#signedIn ??= signIn(server, secrets);
      const { agent, headers } = await this.#signedIn;
      const url = `${server.url.replace(/\/+$/, "")}${path}`;
      const answer = await getJson(url, { agent, headers, timeoutMilliseconds });
      this.#lastAnswerAt = performance.now();
      return answer;
    } catch (error) {
      const why = this.#unanswered(path, error);
      if (error instanceof NoAnswer && !error.isOfServer) {
        this.#lastAnswerAt = performance.now();
        return why;
      }
      if (this.#lastAnswerAt >= sentAt) return why;
      this.#silent ??= why;
      this.#fellSilent.resolve(why);
      return why;
    }
  }

  #unanswered(path: string, error: unknown): Unknown {
    const { called, declaredAt, source, server } = this.#o;
    const at = `${called} at ${server.url}`;
    // What a secret lacks is told by its reader, with the cure, and never with its value.
    if (!(error instanceof NoAnswer)) return unknown(source, `${at} could not be asked: ${messageOf(error)}`);
    return unknown(
      source,
      `${at} gave no answer to GET ${path}: ${error.message}`,
      error.isUntrusted
        ? `give the certificate of the authority that signed the server's, as ${declaredAt}.ca, or correct the name in ${declaredAt}.url`
        : `see that it runs, that ${declaredAt}.url is its address, and that the network lets Sluice reach it`,
    );
  }

  #refused(path: string, { status, body }: HttpAnswer): Unknown {
    const { called, declaredAt, source, server } = this.#o;
    const says = wordsOf(body);
    const why = `${called} at ${server.url} answered GET ${path} with ${status}${says === undefined ? "" : `, "${says}"`}`;
    if (status === 401 || status === 403)
      return unknown(
        source,
        why,
        server.auth !== undefined && "secret" in server.auth
          ? `let the one whom secret ${server.auth.secret} signs in read it, or correct the secret`
          : `name how Sluice signs in there under ${declaredAt}.auth`,
      );
    return unknown(source, why);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const MOST_WORDS = 200;
const wordsOf = (body: unknown): string | undefined =>
  typeof body === "object" && body !== null && "message" in body && typeof body.message === "string"
    ? body.message.slice(0, MOST_WORDS)
    : undefined;
