import { isUnknown, type OrUnknown } from "#core/inventory/unknown.ts";
import { text } from "./markdown.ts";

/** A figure as people read it; what is unknown says why, and what would cure it. */
export const told = <T>(value: OrUnknown<T>, tell: (known: T) => string): string =>
  isUnknown(value) ? `unknown: ${text(value.unknown.why)}` : tell(value);

export const count = (value: number): string => {
  const whole = Math.round(value).toString();
  return whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
};

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** In powers of 1,000. */
export function bytes(value: number): string {
  let scaled = value;
  let unit = 0;
  while (scaled >= 999.5 && unit < UNITS.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${short(scaled)} ${UNITS[unit]}`;
}

export const bytesPerSecond = (value: number): string => `${bytes(value)}/s`;

export function duration(seconds: number): string {
  if (seconds < 99.5) return `${short(seconds)} s`;
  if (seconds < 5970) return `${short(seconds / 60)} min`;
  if (seconds < 172_800) return `${short(seconds / 3600)} h`;
  return `${short(seconds / 86_400)} days`;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

export const money = (currency: string | undefined, value: number): string =>
  `${currency === undefined ? "" : `${currency} `}${value.toFixed(2).replaceAll(/\B(?=(\d{3})+\.)/g, ",")}`;

export const yesNo = (value: OrUnknown<boolean>): string => told(value, (known) => (known ? "yes" : "**no**"));

/** Three figures are what a meeting reads. */
const short = (value: number): string =>
  value >= 100 ? count(value) : String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
