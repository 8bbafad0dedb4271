import { expect, it } from "vitest";
import { connectorCure, connectorProblem } from "#core/replication/connector-health.ts";

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

it("says what a person changes where a sign-in or a right was refused", () => {
  const mirror = { principal: "User:mirror", secret: "shop/mirror" };
  expect(connectorCure("task 0 is FAILED (o.a.k.SaslAuthenticationException: no)", mirror)).toBe(
    "; correct the user name and password in secret shop/mirror: User:mirror must be able to sign in with them to both clusters",
  );
  expect(connectorCure("task 0 is FAILED (o.a.k.TopicAuthorizationException: [orders])", mirror)).toContain(
    "a right of User:mirror was taken away",
  );
  expect(
    connectorCure(
      "task 0 is FAILED (org.apache.kafka.common.errors.SslAuthenticationException: SSL handshake failed)",
      mirror,
    ),
  ).toMatch(
    /certificates must be signed by what the migration file gives as their `ca` .*client certificate, in secret/,
  );
  expect(connectorCure("connector c runs 0 of 2 tasks", mirror)).toContain(
    "check that User:mirror can sign in to both clusters with secret shop/mirror",
  );
  expect(connectorCure("task 0 is FAILED (java.lang.OutOfMemoryError)", mirror)).toBe("");
});
