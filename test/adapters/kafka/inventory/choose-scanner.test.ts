import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { chooseScanner } from "#adapters/kafka/older/choose-scanner.ts";
import { RetryableFault } from "#core/fault.ts";

const apiVersions = 18;
const unsupportedVersion = 35;
let server: Server;
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** A broker that answers every ApiVersions request with this body, and hangs up on everything else. */
async function startBroker(
  answer: (version: number) => Buffer | undefined,
): Promise<{ server: string; asked: number[] }> {
  const asked: number[] = [];
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", (request) => {
      const version = request.readInt16BE(6);
      const body = request.readInt16BE(4) === apiVersions ? answer(version) : undefined;
      asked.push(version);
      if (body === undefined) return socket.destroy();
      const head = Buffer.alloc(8);
      head.writeInt32BE(4 + body.length, 0);
      request.copy(head, 4, 8, 12);
      return socket.write(Buffer.concat([head, body]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server: `127.0.0.1:${address.port}`, asked };
}

const settings = (bootstrapServer: string) => ({
  bootstrapServers: [bootstrapServer],
  tls: false,
  clientId: "choose-test",
  requestTimeoutMilliseconds: 2000,
});

/** As a broker before Kafka 2.4 answers what it does not know: error, and an empty list in the oldest form. */
const tooOld = (): Buffer => {
  const body = Buffer.alloc(6);
  body.writeInt16BE(unsupportedVersion, 0);
  return body;
};

test("a broker that does not know the newer protocol is read by kafkajs", async () => {
  const broker = await startBroker((version) => (version >= 3 ? tooOld() : undefined));
  const scanner = await chooseScanner("source", settings(broker.server));
  expect(broker.asked).toEqual([3]);
  await expect(scanner.pages()).rejects.toBeInstanceOf(RetryableFault);
  // kafkajs begins with what the oldest brokers know.
  expect(Math.max(...broker.asked.slice(1))).toBeLessThan(3);
  await scanner.close().catch(() => undefined);
});

test("a broker that says it offers less than is needed is read by kafkajs, too", async () => {
  // One request (Metadata, 0 to 8), in the newer form: no error, one entry, throttle time, no tagged fields.
  const offers = Buffer.from([0, 0, 2, 0, 3, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0]);
  const broker = await startBroker((version) => (version >= 3 ? offers : undefined));
  const scanner = await chooseScanner("source", settings(broker.server));
  await expect(scanner.pages()).rejects.toBeInstanceOf(RetryableFault);
  expect(Math.max(...broker.asked.slice(1))).toBeLessThan(3);
  await scanner.close().catch(() => undefined);
});

test("nobody who answers is a fault that says who was asked, not an old cluster", async () => {
  const broker = await startBroker(() => undefined);
  await expect(chooseScanner("source", settings(broker.server))).rejects.toThrow(/source cluster.*cannot be reached/);
});
