import { topicOfSubject } from "#core/inventory/dispositions/subjects-of-waves.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import { orElse } from "#core/inventory/unknown.ts";
import { compare } from "./order-of-names.ts";
import type { Edge } from "./plan.ts";

export type SubjectsOfTopics = {
  /** By topic: named after it, or begun in its records. */
  readonly ofTopic: ReadonlyMap<string, readonly Edge[]>;
  /** What must be registered before, by subject. */
  readonly referredTo: (subject: string) => readonly string[];
};

/** A schema binds nothing, since it can be registered twice; it goes with the first wave that needs it. */
export function subjectsOfTopics({ listings }: Snapshot, isPlanned: (subject: string) => boolean): SubjectsOfTopics {
  const topicsOfId = new Map<number, Set<string>>();
  for (const { topic, keyIds, valueIds } of listings["schema-use"].items)
    for (const id of [...keyIds, ...valueIds]) topicsOfId.set(id, (topicsOfId.get(id) ?? new Set()).add(topic));
  const ofTopic = new Map<string, Edge[]>();
  for (const { name, versions } of listings.subjects.items) {
    if (!isPlanned(name)) continue;
    const inRecords = orElse(versions, []).flatMap(({ id }) => [...(topicsOfId.get(id) ?? [])]);
    for (const topic of new Set([topicOfSubject(name), ...inRecords])) {
      const says = `schema ${name} describes records of ${topic}`;
      const edges = ofTopic.get(topic) ?? [];
      edges.push({ item: { kind: "subject", name }, topic, does: "describes", evidence: "seen", says });
      ofTopic.set(topic, edges);
    }
  }
  const references = new Map(
    listings.subjects.items.map(({ name, references: of }) => [name, orElse(of, []).map(({ subject }) => subject)]),
  );
  return { ofTopic, referredTo: (subject) => (references.get(subject) ?? []).filter(isPlanned) };
}

export type Needed = { readonly subjects: readonly string[]; readonly edges: readonly Edge[] };

/** Of waves in their order: each subject with the first that needs it, by a topic or by what refers to it, unless a topic from before does. */
export function subjectsOfWaves(
  waves: readonly { readonly topics: readonly string[] }[],
  { ofTopic, referredTo }: SubjectsOfTopics,
  before: Iterable<string>,
): readonly Needed[] {
  const placed = new Set<string>();
  const [, ...needed] = [{ topics: [...before] }, ...waves].map(({ topics }): Needed => {
    const own = new Set<string>();
    const edges = topics.flatMap((topic) => ofTopic.get(topic) ?? []).filter(({ item }) => !placed.has(item.name));
    const left = edges.map(({ item }) => item.name);
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (placed.has(name)) continue;
      placed.add(name);
      own.add(name);
      left.push(...referredTo(name));
    }
    return { subjects: [...own].toSorted(compare), edges };
  });
  return needed;
}
