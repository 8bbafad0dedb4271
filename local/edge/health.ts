/** Which of the edge's backends answer at all, each asked for at most two seconds. */
export async function backendHealth(backends: Readonly<Record<string, URL>>): Promise<Record<string, boolean>> {
  const asked = Object.entries(backends).map(async ([name, url]) => {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
      await answer.arrayBuffer();
      return [name, true] as const;
    } catch {
      return [name, false] as const;
    }
  });
  return Object.fromEntries(await Promise.all(asked));
}
