/** What is measured of waves and functions, as CloudWatch metrics of namespace `Sluice`: alarms and the dashboard name these. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { WaveRef } from "#core/wave/wave.ts";

export const NAMESPACE = "Sluice";
const SERVICE = "sluice";

/**
 * Of one wave, each with dimensions [service] (all waves together) and [service, migration, wave]. Those of a tick are there as often
 * as the wave is ticked; the others when it happens, and a repeated announcement may count one twice.
 */
export const WAVE_METRICS = {
  /** Each tick: how long it took. */
  TickMilliseconds: MetricUnit.Milliseconds,
  /** Each tick: 1 where another tick of this wave was still at work, so that this one did nothing but heed alarms. */
  TickBusy: MetricUnit.Count,
  /** Each tick while the mirror that should run is measured: the longest delay of any partition. */
  MirrorDelaySeconds: MetricUnit.Seconds,
  /** Each tick: how long the freeze has stood; 0: none stands. */
  FrozenSeconds: MetricUnit.Seconds,
  /** Each tick: how long the wave has been held; 0: it is not. */
  HeldSeconds: MetricUnit.Seconds,
  /** Each tick after producers moved: records that only the target has. */
  OnlyOnTargetRecords: MetricUnit.Count,
  /** A freeze has ended, by producers on the target or by a thaw: how long it stood. */
  FreezeSeconds: MetricUnit.Seconds,
  /** A freeze was lifted instead of ending on the target. */
  Thaws: MetricUnit.Count,
  /** The wave came to be held; the line tells the kind. */
  Holds: MetricUnit.Count,
  /** A roll-back was ordered; the line tells by whom. */
  RollBacks: MetricUnit.Count,
} as const;
export type WaveMetric = keyof typeof WAVE_METRICS;

/** Of one function, each with dimensions [service] and [service, function_name]. */
export const FUNCTION_METRICS = {
  /** An invocation ended in a fault, or answered a request with 500 or 503. */
  Faults: MetricUnit.Count,
} as const;
export type FunctionMetric = keyof typeof FUNCTION_METRICS;

type Values<Name extends string> = Readonly<Partial<Record<Name, number | undefined>>>;

export const recordWave = (
  { migration, wave }: WaveRef,
  values: Values<WaveMetric>,
  told: Readonly<Record<string, string>> = {},
): void => record({ migration, wave }, WAVE_METRICS, values, told);

export const recordFunction = (functionName: string, values: Values<FunctionMetric>): void =>
  record({ function_name: functionName }, FUNCTION_METRICS, values, {});

/** One line in CloudWatch's embedded metric format, with the dimensions and without them. */
function record<Name extends string>(
  dimensions: Record<string, string>,
  units: Readonly<Record<Name, (typeof MetricUnit)[keyof typeof MetricUnit]>>,
  values: Values<Name>,
  told: Readonly<Record<string, string>>,
): void {
  const measured = Object.entries(values) as [Name, number | undefined][];
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName: SERVICE });
  metrics.addDimensions({});
  metrics.addDimensions(dimensions);
  for (const [key, value] of Object.entries(told)) metrics.addMetadata(key, value);
  for (const [name, value] of measured) if (value !== undefined) metrics.addMetric(name, units[name], value);
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}

const coldStarts = new Metrics({ namespace: NAMESPACE, serviceName: SERVICE });

/** False where nobody reads metrics, as on one machine: then nothing needs to be read for them. */
export const isMeasured = (): boolean => process.env["POWERTOOLS_METRICS_DISABLED"] !== "true";

/** `ColdStart`, with dimensions [service, function_name], on the first invocation of an environment. */
export const recordColdStart = (functionName: string): void => coldStarts.captureColdStartMetric(functionName);
