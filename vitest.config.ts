import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What handlers write of themselves is read by the tests that are about it. */
const QUIET = { POWERTOOLS_LOG_LEVEL: "ERROR", POWERTOOLS_METRICS_DISABLED: "true" };
const REAL = { testTimeout: 120_000, hookTimeout: 120_000, env: QUIET };
/** A wave takes half a minute on an idle machine, and a test drives several. */
const WAVES = { testTimeout: 400_000, hookTimeout: 400_000, env: QUIET };

/** Estates that wait half of the time, until a deadline, a lease, a session or an outage is over: two of them fit beside each other. */
const WAITING = [
  "kill-each-phase",
  "faults",
  "cure-and-secrets",
  "deadline-hands",
  "forced-roll-back",
  "open-source",
  "roll-back",
].map((name) => `test/waves/${name}.real.test.ts`);

/** A long file that began last would be waited for alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = WAITING.findIndex((file) => moduleId.endsWith(file));
      return at === -1 ? WAITING.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

/** What is about the log lines of one process: their writer reads its settings once, when it is loaded. */
const LINES = ["test/functions/telemetry.test.ts", "test/local/host/lines-apart.test.ts"];

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.real.test.ts", "test/stacks/**", ...LINES],
          testTimeout: 20_000,
          // Most of the time would go into loading the same modules for each file.
          isolate: false,
          env: QUIET,
        },
      },
      {
        test: {
          name: "lines",
          include: LINES,
          testTimeout: 20_000,
          env: QUIET,
        },
      },
      {
        test: {
          name: "stacks",
          include: ["test/stacks/**/*.test.ts"],
          exclude: ["test/**/*.real.test.ts"],
          // What `sst deploy` would make of two stages, evaluated once for all files.
          globalSetup: ["test/stacks/two-stages.ts"],
        },
      },
      {
        test: {
          name: "real",
          include: ["test/**/*.real.test.ts"],
          exclude: ["test/waves/**"],
          ...REAL,
          // Each file starts brokers of its own, and mostly waits for them: two at a time keep two cores at work.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "waves",
          include: ["test/waves/**/*.real.test.ts"],
          exclude: WAITING,
          ...WAVES,
          // Two whole estates at once are more than two cores carry.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "waiting waves",
          include: WAITING,
          ...WAVES,
          maxWorkers: 2,
        },
      },
    ],
  },
});
