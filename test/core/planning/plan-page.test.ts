import fc from "fast-check";
import { expect, test } from "vitest";
import { bytes, count, duration, money } from "#core/planning/page/figures.ts";
import { name, nameInCell, text } from "#core/planning/page/markdown.ts";
import { planPage } from "#core/planning/page/plan-page.ts";
import type { Plan } from "#core/planning/plan.ts";
import { plannedGroup, plannedWave } from "./planned.ts";
import { smallPlan } from "./small-plan.ts";

test("a small plan reads as the committed page does (vitest -u brings it up to date)", async () => {
  await expect(planPage(smallPlan())).toMatchFileSnapshot("small-plan.md");
});

test("a plan of nothing is a page too", () => {
  const page = planPage(smallPlan({ waves: [], undecided: [], findings: [], fixed: [], loosened: [], leftOut: [] }));
  expect(page).toContain("Nothing is left to be moved.");
  expect(page).toContain("Nothing: the plan can be accepted as it is.");
  for (const [head = "", , ...rows] of tables(page)) expect(rows, head).not.toEqual([]);
});

/** Names that Markdown would read as markup, beside those of an ordinary estate. */
const aName = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/),
  fc.string({
    minLength: 1,
    maxLength: 12,
    unit: fc.constantFrom("a", "|", "`", "*", "<", "[", "]", "\\", "#", " ", "\n", "_"),
  }),
);
const someWaves = fc.array(
  fc.record({
    wave: aName,
    topics: fc.array(aName, { minLength: 1 }),
    groups: fc.array(aName),
    clients: fc.array(aName),
    asks: fc.array(aName),
  }),
  { maxLength: 4 },
);
type Waves = typeof someWaves extends fc.Arbitrary<infer T> ? T : never;

const planOf = (waves: Waves): Plan =>
  smallPlan({
    waves: waves.map(({ wave, topics, groups, clients }, i) =>
      plannedWave(wave, {
        order: i + 1,
        topics,
        groups: groups.map((id) => plannedGroup(id, { owner: id, because: id })),
        clients,
        reason: `${wave} | goes`,
      }),
    ),
    undecided: waves.flatMap(({ wave, asks }) =>
      asks.map((ask) => ({
        what: { kind: "topic" as const, name: ask },
        wave,
        who: ask,
        says: `what of ${ask}?`,
        cure: ask,
        blocks: true,
      })),
    ),
  });

test("every wave, topic, group, client and open question of a plan is on its page", () => {
  fc.assert(
    fc.property(someWaves, (waves) => {
      const plan = planOf(waves);
      const page = planPage(plan);
      for (const wave of plan.waves) {
        expect(page).toContain(`### ${wave.order}. ${name(wave.name)}`);
        for (const topic of wave.topics) expect(page).toContain(name(topic));
        for (const { id } of wave.groups) expect(page).toContain(`| ${nameInCell(id)} | ${nameInCell(wave.name)} |`);
        for (const client of wave.clients)
          expect(page).toContain(`| ${nameInCell(client)} | ${nameInCell(wave.name)} |`);
      }
      for (const { what, says } of plan.undecided)
        expect(page).toContain(`| ${text(says)} | topic ${nameInCell(what.name)} |`);
    }),
    { numRuns: 50 },
  );
});

/** The lines of each table, split as Markdown splits them: at pipes without a backslash before them. */
const tables = (page: string): readonly (readonly string[])[] =>
  page
    .split("\n\n")
    .filter((block) => block.startsWith("| "))
    .map((block) => block.split("\n"));
const cells = (line: string): number => line.replaceAll(/\\[\\|]/g, "").split("|").length;

test("no name breaks a table: every row has as many cells as its head", () => {
  fc.assert(
    fc.property(someWaves, (waves) => {
      const found = tables(planPage(planOf(waves)));
      expect(found.length).toBeGreaterThan(3);
      for (const [head = "", ...rows] of found)
        for (const row of rows) {
          expect(row.startsWith("| ") && row.endsWith(" |"), row).toBe(true);
          expect(cells(row), row).toBe(cells(head));
        }
    }),
    { numRuns: 50 },
  );
});

test("a name stands within a fence that nothing in it ends", () => {
  expect(name("orders")).toBe("`orders`");
  expect(name("a`b``c")).toBe("```a`b``c```");
  expect(name("`")).toBe("`` ` ``");
  expect(nameInCell("a|b")).toBe("`a\\|b`");
  expect(nameInCell("a\\|`b")).toBe("<code>a&#92;&#124;&#96;b</code>");
  expect(text("a|b `c` <img> [x](y) *z*\n# no")).toBe("a\\|b \\`c\\` &lt;img> \\[x\\](y) \\*z\\* # no");
});

test("figures are those that a meeting reads", () => {
  expect([0, 999, 999.6, 1234, 1_500_000, 12_345_678, 3e15].map(bytes)).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "1.2 kB",
    "1.5 MB",
    "12.3 MB",
    "3 PB",
  ]);
  expect([0, 0.25, 7, 90, 150, 5400, 7200, 86_400, 604_800].map(duration)).toEqual([
    "0 s",
    "0.25 s",
    "7 s",
    "90 s",
    "2.5 min",
    "90 min",
    "2 h",
    "24 h",
    "7 days",
  ]);
  expect([5, 1000, 1_234_567].map(count)).toEqual(["5", "1,000", "1,234,567"]);
  expect(money("USD", 1234.5)).toBe("USD 1,234.50");
});
