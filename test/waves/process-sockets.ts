import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** As the kernel shows them under /proc, past everything that the product says of itself. */

const LISTEN = "0A";

export type Listening = { readonly pid: number; readonly command: string; readonly address: string };

/** Every process that descends from this one. */
export const descendants = (of: number = process.pid): readonly number[] => {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = Number(/^PPid:\s+(\d+)/m.exec(orEmpty(() => readFileSync(`/proc/${entry}/status`, "utf8")))?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  return descendantsIn(children, of);
};

const descendantsIn = (children: ReadonlyMap<number, readonly number[]>, of: number): number[] =>
  (children.get(of) ?? []).flatMap((pid) => [pid, ...descendantsIn(children, pid)]);

/** TCP sockets on which these processes listen; `address` is "127.0.0.1:9092" or, for IPv6, 32 hex digits and the port. */
export const listeningSockets = (pids: readonly number[]): readonly Listening[] => {
  const byInode = new Map<string, string>();
  for (const table of ["tcp", "tcp6"])
    for (const line of readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      const [local, state, inode] = [fields[1], fields[3], fields[9]];
      if (local !== undefined && inode !== undefined && state === LISTEN) byInode.set(inode, readable(local));
    }
  return pids.flatMap((pid) =>
    orEmptyList(() => readdirSync(`/proc/${pid}/fd`)).flatMap((descriptor) => {
      const inode = /^socket:\[(\d+)\]$/.exec(orEmpty(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`)))?.[1];
      const address = inode === undefined ? undefined : byInode.get(inode);
      return address === undefined ? [] : [{ pid, address, command: commandLine(pid) }];
    }),
  );
};

export const commandLine = (pid: number): string =>
  orEmpty(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ");

/** 127.0.0.0/8 and ::1, also where an IPv6 socket carries the former. */
export const isLoopback = (address: string): boolean =>
  /^127\./.test(address) ||
  address.startsWith("00000000000000000000000001000000:") ||
  /^0000000000000000FFFF0000[0-9A-F]{6}7F:/.test(address);

/** The kernel writes addresses as words of the machine's byte order, which is little-endian here. */
const readable = (local: string): string => {
  const [host = "", port = ""] = local.split(":");
  const shown = host.length === 8 ? [...Buffer.from(host, "hex")].reverse().join(".") : host;
  return `${shown}:${Number.parseInt(port, 16)}`;
};

// A process may end between the listing and the look.
const orEmpty = (read: () => string): string => {
  try {
    return read();
  } catch (error) {
    if (isGone(error)) return "";
    throw error;
  }
};
const orEmptyList = (read: () => string[]): string[] => {
  try {
    return read();
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
};
const isGone = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["ENOENT", "ESRCH"].includes(String(error.code));
