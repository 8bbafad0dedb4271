import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { motoServer } from "#local/setup/python.ts";

export type Wanted = {
  readonly name: string;
  /** From the outermost part: `[["O", "shop"], ["CN", "broker"]]`. */
  readonly subject: readonly (readonly ["CN" | "O" | "C", string])[];
  /** The name of one made before; itself unless given. */
  readonly signedBy?: string;
  readonly hosts?: readonly string[];
  readonly isAuthority?: boolean;
  /** Valid for so many days from now; negative: it ended so long ago. */
  readonly days?: number;
};
export type Certificate = { readonly certificate: string; readonly key: string };

/** X.509 certificates and PKCS#8 keys, PEM, made anew for each test; by the Python that moto runs on, which has the means. */
export async function makeCertificates<Name extends string>(
  wanted: readonly (Wanted & { readonly name: Name })[],
): Promise<Readonly<Record<Name, Certificate>>> {
  const [python] = await motoServer();
  if (python === undefined) throw new Error("no Python");
  const child = spawn(python, [fileURLToPath(new URL("make.py", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify(wanted));
  const [printed, code] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((resolve) => child.once("close", resolve)),
  ]);
  if (code !== 0) throw new Error(`make.py ended with ${code}`);
  return JSON.parse(printed) as Readonly<Record<Name, Certificate>>;
}
