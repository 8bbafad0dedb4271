import type { Migration, WavePlan } from "#core/migration/migration.ts";
import type { RollbackJudgement } from "#core/rule/judgement.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import type { Deps } from "./ports/deps.ts";
import type { TickLook } from "./tick-look.ts";

/** What a rule samples with. */
export type RuleSampling = {
  readonly deps: Deps;
  readonly ref: WaveRef;
  readonly row: WaveRow;
  readonly migration: Migration;
  readonly plan: WavePlan;
  readonly look: TickLook;
};

/** One reason to roll a wave back, judged now; `name` is the same on each tick. */
export type Judged = RollbackJudgement & { readonly cause: "alarm" | "rule"; readonly name: string };
