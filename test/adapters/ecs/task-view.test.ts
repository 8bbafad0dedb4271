import { describe, expect, it } from "vitest";
import { lastEnd, runningTask, taskAddress } from "#adapters/ecs/task-view.ts";

const at = (second: number) => new Date(second * 1000);

describe("a task", () => {
  it("answers at the binding of its host, else at its own network interface", () => {
    const networkInterfaces = [{ privateIpv4Address: "10.0.1.7" }];
    expect(taskAddress({ containers: [{ networkInterfaces }] })).toBe("http://10.0.1.7:8083");
    const networkBindings = [
      { containerPort: 9999, bindIP: "127.0.0.1", hostPort: 1 },
      { containerPort: 8083, bindIP: "127.0.0.1", hostPort: 41_234 },
    ];
    expect(taskAddress({ containers: [{ networkInterfaces, networkBindings }] })).toBe("http://127.0.0.1:41234");
    expect(taskAddress({ containers: [{}] })).toBeUndefined();
  });

  it("that is asked is the newest that runs, not one that is being stopped", () => {
    const old = { taskArn: "old", lastStatus: "RUNNING", desiredStatus: "RUNNING", startedAt: at(1) };
    const next = { ...old, taskArn: "next", startedAt: at(2) };
    const stopping = { ...old, taskArn: "stopping", desiredStatus: "STOPPED", startedAt: at(3) };
    const pending = { ...old, taskArn: "pending", lastStatus: "PENDING", startedAt: at(4) };
    expect(runningTask([old, next, stopping, pending])?.taskArn).toBe("next");
    expect(runningTask([stopping, pending])).toBeUndefined();
  });

  it("that ended last says why", () => {
    const ended = (second: number, exitCode: number) => ({
      lastStatus: "STOPPED",
      stoppedAt: at(second),
      stoppedReason: "Essential container in task exited",
      containers: [{ exitCode }],
    });
    expect(lastEnd([ended(1, 1), ended(2, 64)])).toEqual({
      reason: "its task stopped (Essential container in task exited; exit code 64)",
      exitCode: 64,
    });
    expect(lastEnd([])).toBeUndefined();
  });
});
