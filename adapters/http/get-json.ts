import { type Agent, get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";

export type HttpAnswer = {
  readonly status: number;
  /** Undefined where it is no JSON and the status is none of success. */
  readonly body: unknown;
  readonly retryAfterSeconds?: number;
};

/** No answer that could be read; the message goes on after a colon. */
export class NoAnswer extends Error {
  override readonly name: string = "NoAnswer";
  /** Nothing came at all: the next request would fare no better. */
  readonly isOfServer: boolean;
  readonly isUntrusted: boolean;

  constructor(message: string, o: { readonly isOfServer: boolean; readonly isUntrusted?: boolean }) {
    super(message);
    this.isOfServer = o.isOfServer;
    this.isUntrusted = o.isUntrusted ?? false;
  }
}

type How = {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  /** For the whole answer. */
  readonly timeoutMilliseconds: number;
};

/** More than any list that is asked for; an answer without an end would fill the memory. */
const MOST_BYTES = 32 * 1024 * 1024;

/** One GET; redirections are not followed, since they would take what signs in to somebody else. */
export async function getJson(url: string, how: How): Promise<HttpAnswer> {
  const { response, text } = await once(url, how).catch((error: unknown) => {
    // A connection that was kept may be closed by the server just as it is used again.
    if (error instanceof ClosedBeforehand) return once(url, how);
    throw error;
  });
  const status = response.statusCode ?? 0;
  const wait = Number(response.headers["retry-after"]);
  return {
    status,
    body: parsed(text, status),
    ...(response.headers["retry-after"] !== undefined && Number.isFinite(wait) ? { retryAfterSeconds: wait } : {}),
  };
}

class ClosedBeforehand extends Error {}

const once = (
  url: string,
  { agent, headers, timeoutMilliseconds }: How,
): Promise<{ readonly response: IncomingMessage; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const request = (url.startsWith("https:") ? httpsGet : httpGet)(url, { agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_BYTES)
          request.destroy(new NoAnswer(`the answer is larger than ${MOST_BYTES} bytes`, { isOfServer: false }));
        chunks.push(chunk);
      });
      response.on("end", () => {
        clearTimeout(timer);
        resolve({ response, text: Buffer.concat(chunks).toString("utf8") });
      });
      response.on("error", fail);
    });
    const timer = setTimeout(() => {
      request.destroy(new NoAnswer(`nothing within ${timeoutMilliseconds} ms`, { isOfServer: true }));
    }, timeoutMilliseconds);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      const wasKept = request.reusedSocket && "code" in error && error.code === "ECONNRESET";
      reject(wasKept ? new ClosedBeforehand() : error instanceof NoAnswer ? error : noAnswerOf(error));
    };
    request.on("error", fail);
  });

const noAnswerOf = (error: Error): NoAnswer => {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const isUntrusted = /CERT|SIGNATURE|ALTNAME|ISSUER/.test(code);
  return new NoAnswer(error.message === "" ? code : error.message, { isOfServer: true, isUntrusted });
};

const parsed = (text: string, status: number): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    if (status < 200 || status >= 300) return undefined;
    // Not quoted: whatever it is, it is not what was asked for.
    throw new NoAnswer("it answered something other than JSON", { isOfServer: false });
  }
};
