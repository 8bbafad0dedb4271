import { sharedClasses } from "../../setup/class-data.ts";
import { workerJars } from "../../setup/jars.ts";
import type { LocalImage } from "./load-images.ts";

/** What runs on this machine instead of each container image; the worker's image starts with the same script. */
export const IMAGES: Readonly<Record<string, LocalImage>> = {
  "sluice/connect:1": {
    argv: ["bash", "workers/start-connect.sh"],
    ports: [{ containerPort: 8083, variable: "CONNECT_REST_PORT" }],
    environment: async () => ({
      CONNECT_CLASSPATH: (await workerJars()).classpath,
      CONNECT_HEAP_MEGABYTES: "512",
      // One port for all workers of a task's own address; here they share one.
      CONNECT_METRICS_PORT: "",
      CONNECT_REST_HOST: "127.0.0.1",
      CONNECT_ADVERTISED_HOST: "127.0.0.1",
      // Two cores carry everything here: a small heap, and no second compiler that competes with the freeze.
      CONNECT_JAVA_OPTIONS: ["-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", ...sharedClasses("worker")].join(
        " ",
      ),
    }),
  },
};
