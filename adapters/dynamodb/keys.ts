import type { WaveRef } from "#core/wave/wave.ts";

export type Key = { readonly pk: string; readonly sk: string };

const SEQUENCE_DIGITS = 12;
const EVENT = "EVENT#";
const WAVE = "WAVE#";

const migrationPartition = (migration: string): string => `MIGRATION#${migration}`;
export const wavePartition = ({ migration, wave }: WaveRef): string => `${WAVE}${migration}/${wave}`;

export const migrationKey = (migration: string): Key => ({ pk: migrationPartition(migration), sk: "MIGRATION" });

export const waveKey = ({ migration, wave }: WaveRef): Key => ({
  pk: migrationPartition(migration),
  sk: `${WAVE}${wave}`,
});

/** Every wave's row of a migration, by one query. */
export const waveRows = (migration: string): { pk: string; skPrefix: string } => ({
  pk: migrationPartition(migration),
  skPrefix: WAVE,
});

/** Zero-padded, so that the order of keys is the order of sequences. */
export const eventKey = (ref: WaveRef, sequence: number): Key => ({
  pk: wavePartition(ref),
  sk: `${EVENT}${String(sequence).padStart(SEQUENCE_DIGITS, "0")}`,
});

/** What sorts after every journal entry of a wave and before anything else. */
export const lastEventKey = (ref: WaveRef): Key => ({ pk: wavePartition(ref), sk: `${EVENT}~` });

export const itemKey = (ref: WaveRef, kind: string, name: string): Key => ({
  pk: wavePartition(ref),
  sk: `${kind}#${name}`,
});

/** The wave whose row has this key; undefined for the key of anything else. */
export const waveOfRowKey = ({ pk, sk }: Key): WaveRef | undefined => {
  const migration = /^MIGRATION#(.+)$/.exec(pk)?.[1];
  const wave = /^WAVE#(.+)$/.exec(sk)?.[1];
  return migration === undefined || wave === undefined ? undefined : { migration, wave };
};

export const isEventKey = ({ sk }: Key): boolean => sk.startsWith(EVENT);

/** The wave whose journal this key belongs to; undefined where the key names no wave. */
export const waveOfEventKey = ({ pk }: Key): WaveRef | undefined => {
  const match = /^WAVE#([^/]+)\/([^/]+)$/.exec(pk);
  const [, migration, wave] = match ?? [];
  return migration === undefined || wave === undefined ? undefined : { migration, wave };
};
