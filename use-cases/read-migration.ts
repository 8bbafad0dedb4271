import type { PostedMigration, WaveStore } from "./ports/wave-store.ts";
import { type Refused, refused } from "./refused.ts";

export const readMigration = async (store: WaveStore, name: string): Promise<PostedMigration | Refused> =>
  (await store.postedMigration(name)) ?? noMigration(name);

export const noMigration = (name: string): Refused =>
  refused("not-found", `there is no migration ${name}`, { cure: "GET /migrations lists them" });
