import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { passOn } from "#local/edge/proxy.ts";
import { sendReply } from "#local/edge/reply.ts";
import { closeWithin, listenOnLoopback } from "#local/host/listen.ts";
import { readBody } from "#local/host/read-body.ts";

export type SnsOnTheWay = {
  readonly url: string;
  /** `away`: it answers nothing but 503; `deaf`: it does what it is asked, and its answer is lost. */
  mode: "there" | "away" | "deaf";
  /** Requests of each mode, as they came. */
  readonly met: Record<SnsOnTheWay["mode"], number>;
  /** Where the topic is. */
  backend: string;
  stop(): Promise<void>;
};

/** Stands between the handlers and their topic, so that it can be away, or do its work and be cut off. */
export const startSnsOnTheWay = async (): Promise<SnsOnTheWay> => {
  const server = createServer((request, response) => {
    void readBody(request, 1e6).then(async (body) => {
      const { mode } = sns;
      sns.met[mode] += 1;
      if (mode === "away") return response.writeHead(503).end();
      const { method = "POST", url = "/", headers } = request;
      const reply = await passOn(new URL(sns.backend), { method, path: url, headers, body });
      return mode === "deaf" ? response.destroy() : sendReply(response, reply);
    });
  });
  await listenOnLoopback(server, 0);
  const sns: SnsOnTheWay = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: "there",
    met: { there: 0, away: 0, deaf: 0 },
    backend: "",
    stop: () => closeWithin(server, 1),
  };
  return sns;
};
