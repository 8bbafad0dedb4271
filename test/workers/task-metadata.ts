import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What ECS serves to a task at ECS_CONTAINER_METADATA_URI_V4, for one of Fargate's with one container. */
export async function startTaskMetadata(o: {
  readonly address: string;
  readonly memoryMegabytes: number;
}): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const container = {
    DockerId: "cd189a933e5849daa93386466019ab50-2495160603",
    Name: "connect",
    Limits: { CPU: 2 },
    Networks: [{ NetworkMode: "awsvpc", IPv4Addresses: [o.address], PrivateDNSName: "ip-10-0-0-7.ec2.internal" }],
  };
  const task = {
    Cluster: "sluice",
    Family: "sluice-shop-forward",
    Limits: { CPU: 0.5, Memory: o.memoryMegabytes },
    Containers: [container],
    LaunchType: "FARGATE",
  };
  const server = createServer((request, response) => {
    const body = request.url === "/v4/c" ? container : request.url === "/v4/c/task" ? task : undefined;
    response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(body ?? {}, null, 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4/c`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
