import { expect, it } from "vitest";
import type { Engine, RunRef } from "#use-cases/ports/engine.ts";

/** An engine whose machine waits for one token, and is then over. */
export type EngineLab = {
  readonly engine: Engine;
  /** The token that the run's execution waits for, once it does. */
  token(run: RunRef): Promise<string>;
};

/** What every engine must do. */
export const engineContract = (lab: () => EngineLab): void => {
  const run: RunRef = { migration: "shop", wave: "by-contract", attempt: 1, run: 1 };

  it("by contract starts one execution per run, which goes on with its token and is then over", async () => {
    const { engine, token } = lab();
    expect(await engine.isRunning(run, "wave")).toBe(false);
    await engine.start(run, "wave");
    await engine.start(run, "wave");
    expect(await engine.isRunning(run, "wave")).toBe(true);
    const given = await token(run);
    expect(await engine.sendToken(given, { passed: true })).toBe("accepted");
    await expect.poll(() => engine.isRunning(run, "wave"), { timeout: 10_000 }).toBe(false);
    expect(await engine.sendToken(given, { passed: true })).toBe("refused");
    // One that is over is not begun anew.
    await engine.start(run, "wave");
    expect(await engine.isRunning(run, "wave")).toBe(false);
  });

  it("by contract is refused for a token that nobody gave", async () => {
    expect(await lab().engine.sendToken("made-up", {})).toBe("refused");
  });
};
