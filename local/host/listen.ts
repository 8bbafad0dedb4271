import type { Server } from "node:http";

/** Listens on 127.0.0.1 only. */
export const listenOnLoopback = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });

/** Takes no new connection, lets requests in flight end within the bound, then closes what is left. */
export async function closeWithin(server: Server, seconds: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const timer = setTimeout(() => server.closeAllConnections(), seconds * 1000);
  server.closeIdleConnections();
  await closed;
  clearTimeout(timer);
}
