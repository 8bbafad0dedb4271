import * as z from "#core/schema.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { CommandAnswer } from "#use-cases/command-wave.ts";
import { loadWave } from "#use-cases/decide-and-write.ts";
import type { Clock } from "#use-cases/ports/clock.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import { isRefused, type Refused } from "#use-cases/refused.ts";
import { waveAnswer } from "#use-cases/wave-answer.ts";

/** A person's own name for one command: however often and late it comes, it is done once. */
type CommandKey = { readonly person: string; readonly key: string };

const KIND = "COMMAND";
/** How long a command that changed nothing is remembered; one that did stands in the journal for good. */
const REMEMBERED_MILLISECONDS = 30 * 86_400_000;

/** What a command was answered that changed nothing, because its effect held already or the wave did not allow it. */
const answeredSchema = z.strictObject({
  at: z.int(),
  already: z.optional(z.string()),
  refused: z.optional(z.strictObject({ because: z.string(), cure: z.optional(z.string()) })),
});
type Answered = z.output<typeof answeredSchema>;

/**
 * Does a command that was not answered under its key before. The key is journalled in the same write as the command's effect,
 * and looked for before each such write: what comes again, when the wave has long gone another way, changes nothing and is told so.
 * One without a key is judged by the wave as it is.
 */
export async function onceByKey<D extends { readonly store: WaveStore; readonly clock: Clock }>(
  deps: D,
  ref: WaveRef,
  { person, key }: { readonly person: string; readonly key: string | undefined },
  act: (deps: D) => Promise<CommandAnswer | Refused>,
): Promise<CommandAnswer | Refused> {
  const row = key === undefined ? undefined : await deps.store.wave(ref);
  if (key === undefined || row === undefined) return act(deps);
  const given: CommandKey = { person, key };
  const store = keyed(deps.store, ref, given, row.journal.sequence);
  try {
    await unlessAnswered(deps.store, ref, given, 1);
    const answer = await act({ ...deps, store: store.store });
    if (!store.hasWritten()) await remember(deps, ref, given, answer);
    return answer;
  } catch (error) {
    if (!(error instanceof AnsweredBefore)) throw error;
    const now = await loadWave(deps.store, ref);
    const { at, refused, already = "" } = error.answered;
    const said = `Idempotency-Key ${given.key} was answered at ${new Date(at).toISOString()}`;
    if (refused !== undefined)
      return {
        refused: true,
        kind: "conflict",
        because: `${said}: ${refused.because}`,
        cure: "look at the wave, and give the command anew with another key",
      };
    return {
      wave: await waveAnswer(deps, now),
      already: `${said}: ${already}; wave ${ref.wave} is ${now.phase} by now`,
    };
  }
}

class AnsweredBefore extends Error {
  override readonly name = "AnsweredBefore";
  readonly answered: Answered;
  constructor(answered: Answered) {
    super("answered before");
    this.answered = answered;
  }
}

const nameOf = ({ person, key }: CommandKey): string => `${person}#${key}`;

async function unlessAnswered(store: WaveStore, ref: WaveRef, given: CommandKey, from: number): Promise<void> {
  const [entries, remembered] = await Promise.all([
    store.journal(ref, from),
    store.items.get(ref, KIND, nameOf(given)),
  ]);
  const done = entries.find(({ by, details }) => by === given.person && details["idempotencyKey"] === given.key);
  if (done !== undefined)
    throw new AnsweredBefore({ at: done.at, already: `journal entry ${done.sequence}, ${done.event}` });
  if (remembered !== undefined) throw new AnsweredBefore(answeredSchema.parse(remembered));
}

async function remember(
  { store, clock }: { readonly store: WaveStore; readonly clock: Clock },
  ref: WaveRef,
  given: CommandKey,
  answer: CommandAnswer | Refused,
): Promise<void> {
  const at = clock.now();
  // Whoever lacks a role may get it, and what is not there may come.
  if (isRefused(answer) && answer.kind !== "conflict") return;
  const answered: Answered = isRefused(answer)
    ? { at, refused: { because: answer.because, ...(answer.cure !== undefined && { cure: answer.cure }) } }
    : { at, already: answer.already ?? "done" };
  await store.items.put(ref, KIND, nameOf(given), answered, { expiresAt: at + REMEMBERED_MILLISECONDS });
}

/** Journals the key with whatever the person does; a write that finds more in the journal than was looked through looks again. */
function keyed(store: WaveStore, ref: WaveRef, given: CommandKey, lookedThrough: number) {
  let isWritten = false;
  const write: WaveStore["write"] = async (before, next, events, now) => {
    const [first, ...others] = events;
    const named = (event: typeof first): typeof first =>
      event.by === given.person ? { ...event, details: { ...event.details, idempotencyKey: given.key } } : event;
    if (!isWritten && before.journal.sequence > lookedThrough)
      await unlessAnswered(store, ref, given, lookedThrough + 1);
    const outcome = await store.write(before, next, [named(first), ...others.map(named)], now);
    if (outcome.written && events.some(({ by }) => by === given.person)) isWritten = true;
    return outcome;
  };
  return { store: { ...store, write }, hasWritten: () => isWritten };
}
