import { stepAt } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";

/** A wave as people see it. The gate's task token stays inside: whoever has it can send the execution on. */
export const waveState = (row: WaveRow) => {
  const { gate, version: _version, ...shown } = row;
  return {
    ...shown,
    nextStep: stepAt(row.phase)?.step ?? null,
    ...(gate !== undefined && { gate: withoutToken(gate) }),
  };
};

export type WaveState = ReturnType<typeof waveState>;

const withoutToken = ({ token: _token, ...gate }: NonNullable<WaveRow["gate"]>) => gate;
