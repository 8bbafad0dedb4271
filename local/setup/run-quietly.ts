import { spawn } from "node:child_process";

/** Runs to the end without a terminal; throws with the last lines of output when it fails or is not found. */
export function runQuietly(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString("utf8")).slice(-200_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(
            // Never its arguments: a broker's storage is formatted with passwords among them.
            `${command} ended with ${code ?? signal}:\n${output.trimEnd().split("\n").slice(-15).join("\n")}`,
          ),
        );
    });
  });
}
