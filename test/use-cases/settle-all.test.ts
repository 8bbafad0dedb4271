import { expect, it } from "vitest";
import { settleAll } from "#use-cases/settle-all.ts";

it("answers in the order of the effects", async () => {
  expect(await settleAll([Promise.resolve(1), Promise.resolve("two")])).toEqual([1, "two"]);
});

it("throws the failure only when no effect is under way any more", async () => {
  const done: string[] = [];
  const slow = new Promise<void>((resolve) => {
    setTimeout(() => {
      done.push("slow");
      resolve();
    }, 30);
  });
  await expect(settleAll([Promise.reject(new Error("refused")), slow])).rejects.toThrow("refused");
  expect(done).toEqual(["slow"]);
});
