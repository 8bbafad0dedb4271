import type { Side } from "#core/kafka/offset.ts";
import type { WavePlan } from "#core/migration/migration.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import type { Call } from "../in-memory/observed.ts";
import { isOutside } from "./effects.ts";
import { type Move, moveOf } from "./lifecycle-moves.ts";
import type { Process } from "./process.ts";
import { nothingWritten, type Written, wrongWrite } from "./row-invariants.ts";
import type { World } from "./world.ts";
import {
  bothMirrorsRun,
  pastDeadline,
  restWithoutWriters,
  touchesSealedSource,
  twoWritableSides,
  writtenOnSource,
  writtenOnTarget,
} from "./world-invariants.ts";

/** Something that must never be so was so. */
export class Violation extends Error {
  override readonly name = "Violation";
}

type Wave = {
  readonly plan: WavePlan;
  row: WaveRow | undefined;
  readonly written: Written;
  /** The attempt in which the drain was last proved. */
  provedIn: number | undefined;
  /** Where its clients last wrote. */
  side: Side;
};

/** Looks at everything after each effect, ends the run at what must not be, and remembers what happened. */
export class Observer {
  readonly moves = new Map<Move, number>();
  readonly trace: string[] = [];
  effects = 0;
  /** Told of each wave that has come to another phase. */
  onMove: ((row: WaveRow) => void) | undefined;
  private readonly world: World;
  private readonly waves: ReadonlyMap<string, Wave>;
  private readonly isTraced: boolean;

  constructor(world: World, isTraced: boolean) {
    this.world = world;
    this.isTraced = isTraced;
    this.waves = new Map(
      world.migration.waves.map((plan) => [
        plan.name,
        { plan, row: undefined, written: nothingWritten(), provedIn: undefined, side: "source" },
      ]),
    );
    world.estate.clients.onAcknowledged = (side, topic) => this.acknowledged(side, topic);
  }

  rowOf(wave: string): WaveRow | undefined {
    return this.waves.get(wave)?.row;
  }

  note(text: string): void {
    if (this.isTraced) this.trace.push(`${this.at()} ${text}`);
  }

  private at(): string {
    return `+${((this.world.time.now() - this.world.begunAt) / 1000).toFixed(3)} s`;
  }

  /** A call has begun to act that answers later. */
  told(call: Call, process: Process): void {
    this.note(`${process.name}: ${shown(call)} …`);
  }

  effect(call: Call, process: Process): void {
    this.effects += 1;
    if (!call.name.startsWith("items.") && call.name !== "store.write") this.note(`${process.name}: ${shown(call)}`);
    if (!isOutside(call)) return;
    for (const { plan, row } of this.waves.values())
      if (row !== undefined) this.judge(plan.name, touchesSealedSource(plan, row, call));
    this.changed();
  }

  /** Rights, mirrors or clients are not what they were. */
  changed(): void {
    for (const { plan, row } of this.waves.values()) {
      if (!this.world.forced.has(plan.name)) this.judge(plan.name, twoWritableSides(this.world, plan));
      this.judge(plan.name, bothMirrorsRun(this.world, plan));
      if (row !== undefined) this.judge(plan.name, restWithoutWriters(this.world, plan, row));
    }
  }

  written(before: WaveRow, row: WaveRow, process: Process): void {
    const wave = this.waves.get(row.wave);
    if (wave === undefined) return;
    const move = moveOf(before, row);
    if (this.isTraced)
      this.note(
        `${process.name}: ${row.wave} ${move ?? row.phase} (run ${row.run}, attempt ${row.attempt}${row.hold === undefined ? "" : `, held: ${row.hold.reason}`})`,
      );
    this.judge(row.wave, wrongWrite(before, row, wave.written));
    wave.row = row;
    if ((row.rollBack ?? before.rollBack)?.isForced === true) this.broughtBackByForce(wave.plan, row);
    if (row.phase === "drained" && before.phase === "draining") wave.provedIn = row.attempt;
    this.judge(row.wave, restWithoutWriters(this.world, wave.plan, row));
    if (move === undefined) return;
    this.moves.set(move, (this.moves.get(move) ?? 0) + 1);
    this.onMove?.(row);
  }

  private broughtBackByForce({ topics }: WavePlan, { attempt, phase, wave }: WaveRow): void {
    const { estate, forced, lost } = this.world;
    forced.set(wave, attempt);
    if (phase !== "rolled-back") return;
    const there = new Set(topics.flatMap((topic) => estate.recordsOn("source", topic)));
    for (const { record, topic } of estate.acknowledged)
      if (topics.includes(topic) && !there.has(record)) lost.add(record);
  }

  private acknowledged(side: Side, topic: string): void {
    for (const wave of this.waves.values()) {
      if (!wave.plan.topics.includes(topic)) continue;
      if (side === "target" && this.isLeftByForce(wave)) {
        // Whoever does not follow its switch and finds the target again: nobody is told, and the next attempt begins anew there.
        // Before it is back, the reverse mirror may bring it yet: seen when it is.
        const { record = "" } = this.world.estate.acknowledged.at(-1) ?? {};
        if (wave.row?.rollBack === undefined) this.world.lost.add(record);
        continue;
      }
      if (side === "target")
        this.judge(wave.plan.name, writtenOnTarget(this.world, wave.plan, topic, wave.row, wave.provedIn));
      else if (wave.side === "target" && !this.world.forced.has(wave.plan.name))
        this.judge(wave.plan.name, writtenOnSource(this.world, wave.plan, topic));
      wave.side = side;
    }
  }

  /** Brought back without its target, and not led there again since. */
  private isLeftByForce({ plan, provedIn }: Wave): boolean {
    return provedIn !== undefined && this.world.forced.get(plan.name) === provedIn;
  }

  /** Now and then: time alone can break it. */
  timePasses(allowed: (since: number) => number): void {
    for (const { plan, row } of this.waves.values())
      if (row?.freeze !== undefined || row?.rollBack !== undefined)
        this.judge(
          plan.name,
          pastDeadline(row, this.world.time.now(), allowed(row.freeze?.startedAt ?? row.rollBack?.at ?? 0)),
        );
  }

  private judge(wave: string, wrong: Generator<string>): void {
    for (const what of wrong) {
      this.note(`VIOLATION of ${wave}: ${what}`);
      this.world.time.fail(new Violation(`${this.at()} wave ${wave}: ${what}`));
    }
  }
}

const shown = ({ name, args }: Call): string => `${name}(${args.map((arg) => briefly(arg)).join(", ")})`.slice(0, 220);

function briefly(value: unknown): string {
  if (value instanceof Map) return `{${[...value].map(([key, one]) => `${key}: ${briefly(one)}`).join(", ")}}`;
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map((one: unknown) => briefly(one)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const { name, principal, operation, permission, offset, wave, event } = value as Record<string, unknown>;
  if (operation !== undefined) return [permission, operation, principal].map(String).join(" ");
  return String(
    name ??
      offset ??
      event ??
      wave ??
      JSON.stringify(value, (_key, one: unknown) => (typeof one === "bigint" ? `${one}` : one)),
  );
}
