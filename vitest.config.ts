import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.real.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "real",
          include: ["test/**/*.real.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Each file starts brokers of its own, and mostly waits for windows: two at a time keep two cores at work.
          maxWorkers: 2,
        },
      },
    ],
  },
});
