import type { ClusterName, JournalLine } from "./journal-lines.ts";

export type Pause = {
  readonly client: string;
  readonly from: ClusterName;
  readonly to: ClusterName;
  /** Last act on the side that it leaves, first act on the other: ms since the epoch. */
  readonly lastAt: number;
  readonly firstAt: number;
  readonly seconds: number;
};

/** Each time that a client went from one side to the other, in order. Clients that acted on one side only are left out. */
export const pausesOf = (journal: readonly JournalLine[], what: "acknowledged" | "processed"): Pause[] => {
  const last = new Map<string, { readonly on: ClusterName; readonly at: number }>();
  const pauses: Pause[] = [];
  for (const line of journal.filter((one) => one.what === what).sort((a, b) => a.at - b.at)) {
    if (line.what !== "acknowledged" && line.what !== "processed") continue;
    const client = line.what === "processed" ? line.group : line.client;
    const before = last.get(client);
    if (before !== undefined && before.on !== line.on)
      pauses.push({
        client,
        from: before.on,
        to: line.on,
        lastAt: before.at,
        firstAt: line.at,
        seconds: (line.at - before.at) / 1000,
      });
    last.set(client, { on: line.on, at: line.at });
  }
  return pauses;
};
