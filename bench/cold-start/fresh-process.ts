import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";

export type ColdStart = {
  readonly importMilliseconds: number;
  readonly callMilliseconds: number;
  readonly outcome: string;
};

const resultSchema = z.object({ importMilliseconds: z.number(), callMilliseconds: z.number(), outcome: z.string() });

/** Loads a module in a process of its own and calls its handler once. What the handler throws is an outcome too. */
export async function coldStart(
  file: string,
  event: unknown,
  environment: Readonly<Record<string, string>>,
): Promise<ColdStart> {
  const program = `
    const begun = performance.now();
    const { handler } = await import(${JSON.stringify(file)});
    const loaded = performance.now();
    const context = { awsRequestId: "1", functionName: "f", getRemainingTimeInMillis: () => 20_000 };
    const outcome = await Promise.resolve(handler(${JSON.stringify(event)}, context)).then(
      (answer) => String(answer?.statusCode ?? "answered"),
      (error) => error.name,
    );
    const called = performance.now();
    process.stdout.write("\\n" + JSON.stringify({ importMilliseconds: loaded - begun, callMilliseconds: called - loaded, outcome }));
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
    env: { ...environment },
  });
  // Handlers write lines of their own before it.
  return resultSchema.parse(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""));
}
