import fc from "fast-check";
import { expect, it } from "vitest";
import { kinds } from "#core/inventory/assemble.ts";
import type { Kind, Kinds, Listings, Snapshot } from "#core/inventory/snapshot.ts";
import { canonicalJson } from "#core/journal/canonical-json.ts";
import { type Plan, type PlannedWave, RISKS } from "#core/planning/plan.ts";
import { proposePlan } from "#core/planning/propose-plan.ts";
import { acl, member, producer } from "../inventory/estates.ts";
import { group, offset, topic } from "../inventory/snapshots.ts";
import { estateArbitrary, type RandomEstate } from "./random-estate.ts";

const planOf = ({ migration, source }: Pick<RandomEstate, "migration" | "source">): Plan =>
  proposePlan({ migration, source, started: [], now: source.endedAt });

const RUNS = { numRuns: 100 };

const waveOf = (plan: Plan, name: string): PlannedWave | undefined =>
  plan.waves.find(({ topics }) => topics.includes(name));

const withItems = (source: Snapshot, more: { readonly [K in Kind]?: readonly Kinds[K][] }): Snapshot => ({
  ...source,
  listings: Object.fromEntries(
    kinds.map((kind) => [
      kind,
      { ...source.listings[kind], items: [...source.listings[kind].items, ...(more[kind] ?? [])] },
    ]),
  ) as unknown as Listings,
});

it("puts every item that migrates into exactly one wave", () => {
  fc.assert(
    fc.property(estateArbitrary("any"), (estate) => {
      const { waves } = planOf(estate);
      expect(waves.flatMap(({ topics }) => topics).toSorted()).toEqual(estate.topics.toSorted());
      const groups = waves.flatMap((wave) => wave.groups.map(({ id }) => id)).toSorted();
      const reading = [...estate.groups].flatMap(([id, topics]) => (topics.length > 0 ? [id] : []));
      expect(groups).toEqual(expect.arrayContaining(reading));
      const { subjects, connectors, transactions } = estate.source.listings;
      for (const [planned, seen] of [
        [groups, groups],
        [waves.flatMap((wave) => wave.subjects), subjects.items.map(({ name }) => name)],
        [waves.flatMap((wave) => wave.connectors), connectors.items.map(({ name }) => `http://connect:8083/${name}`)],
        [waves.flatMap((wave) => wave.transactionalIds), transactions.items.map((one) => one.transactionalId)],
      ] as const) {
        expect(new Set(planned).size).toBe(planned.length);
        expect(seen).toEqual(expect.arrayContaining(planned));
      }
      expect(new Set(waves.map(({ name }) => name)).size).toBe(waves.length);
      for (const { name } of waves) expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,39}$/);
    }),
    RUNS,
  );
});

it("splits no coupled pair that nobody has loosened by name", () => {
  let loosened = 0;
  fc.assert(
    fc.property(estateArbitrary("any"), (estate) => {
      const plan = planOf(estate);
      for (const { item, topics } of estate.together)
        expect(new Set(topics.map((name) => waveOf(plan, name)?.name)).size, item).toBeLessThanOrEqual(1);
      for (const [id, topics] of estate.groups)
        for (const name of topics) expect(waveOf(plan, name)?.groups.map((one) => one.id)).toContain(id);
      const said = plan.loosened.map(({ edge }) => ({ group: edge.item.name, topic: edge.topic }));
      expect(said).toEqual(expect.arrayContaining([...estate.loosened]));
      expect(said).toHaveLength(estate.loosened.length);
      loosened += said.length;
    }),
    RUNS,
  );
  expect(loosened).toBeGreaterThan(0);
});

it("orders by risk: what is riskier comes later, but for the first wave and for those that hold another's seal", () => {
  fc.assert(
    fc.property(estateArbitrary("any"), (estate) => {
      const { waves, findings } = planOf(estate);
      expect(waves.map(({ order }) => order)).toEqual(waves.map((_, index) => index + 1));
      const level = (wave: PlannedWave): number => RISKS.indexOf(wave.risk.level);
      const proves = findings.every(({ kind }) => kind !== "first-wave");
      if (proves && waves[0] !== undefined) {
        const [first] = waves;
        expect(first.risk.level).not.toBe("high");
        expect(first.groups.length).toBeGreaterThan(0);
        expect(first.connectors.length + first.subjects.length).toBeGreaterThan(0);
        expect(first.edges.some(({ does }) => does === "writes")).toBe(true);
      }
      const rest = waves.slice(proves ? 1 : 0);
      let highest = 0;
      for (const wave of rest) {
        if (wave.holdsSealOf.length === 0) expect(level(wave)).toBeGreaterThanOrEqual(highest);
        else if (findings.every(({ kind }) => kind !== "order"))
          for (const before of wave.holdsSealOf)
            expect(waves.find(({ name }) => name === before)?.order).toBeLessThan(wave.order);
        if (wave.holdsSealOf.length === 0) highest = level(wave);
      }
    }),
    RUNS,
  );
});

const unmoved = ({ order: _order, ...wave }: PlannedWave): Omit<PlannedWave, "order"> => wave;

const newTopic = fc.constantFrom("aaa", "orders", "orders.zz", "stock.new", "zzz");

it("changes no other wave when a topic is added that has nothing to do with the others", () => {
  fc.assert(
    fc.property(estateArbitrary("large"), newTopic, fc.boolean(), (estate, name, isWritten) => {
      const before = planOf(estate);
      const more = {
        topics: [topic(name)],
        ...(isWritten
          ? { producers: [producer(999, [name])], acls: [acl({ resourceName: name, principal: "User:n" })] }
          : {}),
      };
      const after = planOf({ ...estate, source: withItems(estate.source, more) });
      const taken = waveOf(after, name);
      const others = after.waves.filter((wave) => wave !== taken);
      const same = before.waves.filter((wave) => wave.name !== taken?.name);
      expect(others.map(unmoved)).toEqual(same.map(unmoved));
      // The wave that takes it in has all that it had.
      const had = before.waves.find((wave) => wave.name === taken?.name);
      expect(taken?.topics).toEqual([...(had?.topics ?? []), name].toSorted());
    }),
    RUNS,
  );
});

it("parts at most one wave, where limits are tight, when a topic or a whole service is added", () => {
  fc.assert(
    fc.property(estateArbitrary("any"), newTopic, fc.boolean(), (estate, name, isService) => {
      const before = planOf(estate);
      const read = { topic: name, partition: 0, offset: offset(1), metadata: "" };
      const after = planOf({
        ...estate,
        source: withItems(estate.source, {
          topics: [topic(name)],
          ...(isService
            ? {
                producers: [producer(999, [name])],
                groups: [group("new", { members: [member("new")], offsets: [read] })],
              }
            : {}),
        }),
      });
      // A schema goes with whichever of its waves comes first, and the order may change with the part that is new.
      const told = ({ name: of, topics, groups, edges, size, risk }: PlannedWave): string =>
        canonicalJson({ of, topics, groups, edges: edges.filter(({ does }) => does !== "describes"), size, risk });
      const now = new Set(after.waves.map(told));
      const changed = before.waves.filter((wave) => !now.has(told(wave)));
      expect(changed.length).toBeLessThanOrEqual(1);
    }),
    RUNS,
  );
});

it("is the same, byte for byte, for the same snapshot, in whatever order brokers listed it", () => {
  fc.assert(
    fc.property(estateArbitrary("any"), fc.infiniteStream(fc.nat()), (estate, chance) => {
      const shuffled = Object.fromEntries(
        kinds.map((kind) => {
          const listing = estate.source.listings[kind];
          const drawn = listing.items.map((item) => ({ item, at: chance.next().value as number }));
          return [kind, { ...listing, items: drawn.sort((a, b) => a.at - b.at).map(({ item }) => item) }];
        }),
      ) as unknown as Listings;
      const plan = canonicalJson(planOf(estate));
      expect(canonicalJson(planOf({ ...estate, source: { ...estate.source, listings: shuffled } }))).toBe(plan);
      expect(plan).not.toContain('"topics":[],');
    }),
    RUNS,
  );
});
