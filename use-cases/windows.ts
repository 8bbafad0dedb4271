import * as z from "#core/schema.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { WaveItems } from "./ports/wave-store.ts";

export type AttemptRef = WaveRef & { readonly attempt: number };

const storedSchema = z.strictObject({ attempt: z.int(), window: z.unknown() });

/** What ticks keep of an attempt from one to the next. A tick that slept through a retry may write late: what it leaves is of another attempt, and none. */
export async function readWindow<T>(
  items: WaveItems,
  of: AttemptRef,
  name: string,
  schema: z.ZodMiniType<T>,
): Promise<T | undefined> {
  const stored = z.optional(storedSchema).parse(await items.get(of, "WINDOW", name));
  return stored?.attempt === of.attempt ? schema.parse(stored.window) : undefined;
}

/** As it is stored: the file that puts it is what a crash point is named by. */
export const windowOf = ({ attempt }: AttemptRef, window: unknown): unknown => ({ attempt, window });
