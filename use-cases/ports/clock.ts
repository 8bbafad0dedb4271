export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment, by a clock that nobody sets: for how long something took or lay apart. */
  monotonic(): number;
  sleep(milliseconds: number): Promise<void>;
}
