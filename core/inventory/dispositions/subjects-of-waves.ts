import type { WavePlan } from "#core/migration/migration.ts";
import type { Snapshot } from "../snapshot.ts";
import { orElse } from "../unknown.ts";

export type SubjectsOfWaves = {
  /** Subjects of which records of a wave's topic carry an id, and which topic. */
  readonly inRecords: ReadonlyMap<string, string>;
  /** Subjects that another one refers to which is named after a wave's topic, or is in its records; and which. */
  readonly referredTo: ReadonlyMap<string, string>;
};

/** The topic that a subject is about, where it is named after one. */
export const topicOfSubject = (name: string): string => name.replace(/-(?:key|value)$/, "");

/** Subjects that go with a wave although their names do not say so. */
export function subjectsOfWaves(source: Snapshot, waveOfTopic: ReadonlyMap<string, WavePlan>): SubjectsOfWaves {
  const { subjects, "schema-use": uses } = source.listings;
  const topicOfId = new Map(
    uses.items
      .filter(({ topic }) => waveOfTopic.has(topic))
      .flatMap(({ topic, keyIds, valueIds }) => [...keyIds, ...valueIds].map((id) => [id, topic] as const)),
  );
  const inRecords = new Map<string, string>();
  for (const { name, versions } of subjects.items)
    for (const { id } of orElse(versions, [])) {
      const topic = topicOfId.get(id);
      if (topic !== undefined) inRecords.set(name, topic);
    }
  const referencesOf = new Map(subjects.items.map(({ name, references }) => [name, orElse(references, [])]));
  const referredTo = new Map<string, string>();
  const left = [...referencesOf.keys()].filter((name) => inRecords.has(name) || waveOfTopic.has(topicOfSubject(name)));
  for (let name = left.shift(); name !== undefined; name = left.shift())
    for (const { subject } of referencesOf.get(name) ?? []) {
      if (referredTo.has(subject)) continue;
      referredTo.set(subject, name);
      left.push(subject);
    }
  return { inRecords, referredTo };
}
