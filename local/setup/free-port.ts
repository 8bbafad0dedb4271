import { connect, createServer } from "node:net";

const given = new Set<number>();

/** A loopback port that was free a moment ago, as the operating system says; another one each time. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = await portOfTheSystem();
    // It is free until somebody listens there, and the system may name it twice.
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
};

const portOfTheSystem = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("the system gave no port"));
        else resolve(address.port);
      });
    });
  });

/** Whether a server could listen on this loopback port now. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

/** Whether a server answers on this loopback port. */
export const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
