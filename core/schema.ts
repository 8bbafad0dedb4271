/**
 * What schemas are written with: `import * as z from "#core/schema.ts"`. It is zod's small form, of which a function carries
 * what it uses; alone it says "Invalid input" of everything, so the English messages are loaded here, and nowhere else is zod imported.
 */
import { en } from "zod/locales";
import { config } from "zod/mini";

config(en());

export * from "zod/mini";
