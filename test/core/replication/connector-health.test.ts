import { expect, it } from "vitest";
import { connectorProblem } from "#core/replication/connector-health.ts";

const running = { id: 0, state: "RUNNING" };

it.each([
  [undefined, "connector c does not exist"],
  [{ state: "STOPPED", expectedTasks: 1, tasks: [] }, "connector c is STOPPED; expected RUNNING"],
  [{ state: "RUNNING", expectedTasks: 2, tasks: [] }, "connector c runs 0 of 2 tasks"],
  [{ state: "RUNNING", expectedTasks: 2, tasks: [running] }, "connector c runs 1 of 2 tasks"],
  [
    {
      state: "RUNNING",
      expectedTasks: 2,
      tasks: [
        { id: 0, state: "UNASSIGNED" },
        {
          id: 1,
          state: "FAILED",
          trace: "a.B: outer\n\tat x\nCaused by: c.D: middle\n\tat y\nCaused by: e.F: why\n\tat z",
        },
      ],
    },
    "task 1 of connector c is FAILED (e.F: why); expected RUNNING",
  ],
  [
    { state: "FAILED", trace: "a.B: why\n\tat x", expectedTasks: 1, tasks: [] },
    "connector c is FAILED (a.B: why); expected RUNNING",
  ],
  [{ state: "RUNNING", expectedTasks: 1, tasks: [running] }, undefined],
])("%j", (status, problem) => {
  expect(connectorProblem("c", status)).toBe(problem);
});
