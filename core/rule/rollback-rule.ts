import * as z from "#core/schema.ts";
import { lagRuleSchema } from "./lag-rule.ts";

/** Every kind of rule that rolls a wave back by itself: one file each beside this one. */
export const rollbackRuleSchema = z.discriminatedUnion("kind", [lagRuleSchema]);
export type RollbackRule = z.output<typeof rollbackRuleSchema>;
