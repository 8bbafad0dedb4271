import type { Clock } from "#use-cases/ports/clock.ts";

/** `nobody`: no caller waits for what was done, so nothing needs to be let run after it. */
type Act = () => "nobody" | void;
type Due = { readonly at: number; readonly order: number; readonly act: Act };

/**
 * One queue of everything that is to happen, by virtual time. What is due wakes at most one waiting caller; everything that
 * follows from that happens before the next, so that a run depends on nothing but its seed.
 */
export class VirtualTime implements Clock {
  private time = 1_800_000_000_000;
  private orders = 0;
  events = 0;
  private readonly queue: Due[] = [];
  private fault: Error | undefined;

  now = (): number => Math.floor(this.time);
  monotonic = (): number => this.time;

  sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      this.after(milliseconds, resolve);
    });

  after(milliseconds: number, act: Act): void {
    const due = { at: this.time + Math.max(0, milliseconds), order: ++this.orders, act };
    this.queue.push(due);
    this.raise(this.queue.length - 1);
  }

  /** Ends the run at once with this fault. */
  fail(fault: Error): void {
    this.fault ??= fault;
  }

  /** Until `isOver`, or virtual time is beyond `until`; answers whether it is over. */
  async run(isOver: () => boolean, until: number): Promise<boolean> {
    for (;;) {
      if (this.fault !== undefined) throw this.fault;
      if (isOver()) return true;
      const [next] = this.queue;
      if (next === undefined || next.at > until) return false;
      const due = this.take() ?? next;
      this.time = due.at;
      this.events += 1;
      if (due.act() !== "nobody") await settled();
    }
  }

  private take(): Due | undefined {
    const [first] = this.queue;
    const last = this.queue.pop();
    if (first === undefined || last === undefined || this.queue.length === 0) return first;
    this.queue[0] = last;
    this.lower(0);
    return first;
  }

  private raise(from: number): void {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (!this.isBefore(index, parent)) return;
      this.swap(index, parent);
      index = parent;
    }
  }

  private lower(from: number): void {
    for (let index = from; ; ) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2])
        if (child < this.queue.length && this.isBefore(child, least)) least = child;
      if (least === index) return;
      this.swap(index, least);
      index = least;
    }
  }

  private isBefore(one: number, other: number): boolean {
    const [a, b] = [this.queue[one], this.queue[other]];
    return a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));
  }

  private swap(one: number, other: number): void {
    const [a, b] = [this.queue[one], this.queue[other]];
    if (a === undefined || b === undefined) return;
    this.queue[one] = b;
    this.queue[other] = a;
  }
}

/** Every promise that can go on has gone on: Node comes to this when none is left, and nothing here waits for anything else. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
