import type { JournalLine } from "./journal-lines.ts";

export type Pause = {
  readonly client: string;
  /** Last act on the source, first act on the target: ms since the epoch. */
  readonly lastOnSource: number;
  readonly firstOnTarget: number;
  readonly seconds: number;
};

/** From each client's last act on the source to its first on the target. Clients that acted on one side only are left out. */
export const pausesOf = (journal: readonly JournalLine[], what: "acknowledged" | "processed"): Pause[] => {
  const seen = new Map<string, { lastOnSource?: number; firstOnTarget?: number }>();
  for (const line of journal) {
    if (line.what !== what) continue;
    const client = line.what === "processed" ? line.group : line.client;
    const times = seen.get(client) ?? {};
    if (line.on === "source") times.lastOnSource = Math.max(times.lastOnSource ?? 0, line.at);
    else times.firstOnTarget = Math.min(times.firstOnTarget ?? Number.POSITIVE_INFINITY, line.at);
    seen.set(client, times);
  }
  return [...seen].flatMap(([client, { lastOnSource, firstOnTarget }]) =>
    lastOnSource === undefined || firstOnTarget === undefined
      ? []
      : [{ client, lastOnSource, firstOnTarget, seconds: (firstOnTarget - lastOnSource) / 1000 }],
  );
};
