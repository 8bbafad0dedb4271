import type { Alarm } from "#core/rule/alarm.ts";
import type { Alarms } from "#use-cases/ports/alarms.ts";

/** CloudWatch in memory: alarms that a test turns. */
export class InMemoryAlarms implements Alarms {
  readonly alarms = new Map<string, Alarm>();
  /** Put in by a test: why CloudWatch cannot be asked. */
  fault: Error | undefined;
  asked = 0;
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  turn(name: string, state: Alarm["state"], stateReason = "a test turned it"): void {
    this.alarms.set(name, { name, state, stateReason, changedAt: this.now() });
  }

  async describe(names: readonly string[]): Promise<ReadonlyMap<string, Alarm>> {
    this.asked += 1;
    if (this.fault !== undefined) throw this.fault;
    return new Map([...this.alarms].filter(([name]) => names.includes(name)));
  }
}
