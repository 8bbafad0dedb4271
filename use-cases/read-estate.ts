/** What is made of the newest snapshots of a migration's clusters. */
import type { EstateClient } from "#core/inventory/client.ts";
import { clientsOf } from "#core/inventory/clients/clients.ts";
import type { DecidedKind, Disposition } from "#core/inventory/dispositions/disposition.ts";
import { type Fate, fatesOf } from "#core/inventory/dispositions/fates.ts";
import { flagFacts } from "#core/inventory/flags/flag-facts.ts";
import { type Flag, raiseFlags } from "#core/inventory/flags/flags.ts";
import type { Unknown } from "#core/inventory/unknown.ts";
import { planOf } from "#core/migration/migration.ts";
import { type EstateDeps, knownEstate } from "./known-estate.ts";
import { type Page, type PageOf, pageOf } from "./page.ts";
import type { Clock } from "./ports/clock.ts";
import { noWave } from "./read-wave.ts";
import { isRefused, type Refused } from "./refused.ts";

/** A page stays the same page while newer snapshots are taken, if it is asked for with the snapshot that it named. */
type Asked = PageOf & { readonly snapshot?: string | undefined };
type OfSnapshot = { readonly snapshot: string };
/** Why there may be more than was found. */
export type Gap = { readonly kind?: string; readonly why: string; readonly cure?: string };

export type FlagsAnswer = OfSnapshot & { readonly targetSnapshot?: string; readonly flags: readonly Flag[] };

export async function readFlags(
  deps: EstateDeps & { readonly clock: Pick<Clock, "now"> },
  migration: string,
  { wave }: { readonly wave?: string | undefined },
): Promise<FlagsAnswer | Refused> {
  const known = await knownEstate(deps, migration);
  if (isRefused(known)) return known;
  const plan = wave === undefined ? undefined : planOf(known.migration, wave);
  if (wave !== undefined && plan === undefined) return noWave({ migration, wave });
  const { source, target } = known;
  const facts = flagFacts(known.migration, { source, target }, clientsOf(source, known.migration), plan);
  return {
    snapshot: source.id,
    ...(target === undefined ? {} : { targetSnapshot: target.id }),
    flags: raiseFlags(facts, deps.clock.now()),
  };
}

export type DispositionsAnswer = OfSnapshot &
  Page<Fate> & {
    /** Of all items, whatever was asked for. */
    readonly undecided: number;
    readonly gaps: readonly Gap[];
    readonly unusedDecisions: readonly { readonly kind: string; readonly name: string }[];
  };

export async function readDispositions(
  deps: EstateDeps,
  migration: string,
  asked: Asked & { readonly kind?: DecidedKind | undefined; readonly disposition?: Disposition | undefined },
): Promise<DispositionsAnswer | Refused> {
  const known = await knownEstate(deps, migration, asked);
  if (isRefused(known)) return known;
  const { items, gaps, unused } = fatesOf(known.migration, known.source);
  const wanted = items.filter(
    ({ kind, disposition }) =>
      (asked.kind === undefined || kind === asked.kind) &&
      (asked.disposition === undefined || disposition === asked.disposition),
  );
  return {
    snapshot: known.source.id,
    undecided: items.filter(({ disposition }) => disposition === "undecided").length,
    gaps: gaps.map(({ kind, gap }) => ({ kind, ...gapOf(gap) })),
    unusedDecisions: unused,
    ...pageOf(wanted, asked),
  };
}

export type ClientsAnswer = OfSnapshot &
  Page<EstateClient> & { readonly unclaimed: number; readonly gaps: readonly Gap[] };

export async function readClients(
  deps: EstateDeps,
  migration: string,
  asked: Asked & { readonly unclaimed?: boolean | undefined },
): Promise<ClientsAnswer | Refused> {
  const known = await knownEstate(deps, migration, asked);
  if (isRefused(known)) return known;
  const { clients, unclaimed, gaps } = clientsOf(known.source, known.migration);
  const wanted = asked.unclaimed === true ? clients.filter(({ owner }) => owner === undefined) : clients;
  return {
    snapshot: known.source.id,
    unclaimed: unclaimed.count,
    gaps: gaps.map(gapOf),
    ...pageOf(wanted, asked),
  };
}

const gapOf = ({ unknown: { why, cure } }: Unknown): Gap => ({ why, ...(cure === undefined ? {} : { cure }) });
