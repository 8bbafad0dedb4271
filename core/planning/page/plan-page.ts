import type { Plan } from "../plan.ts";
import { count } from "./figures.ts";
import { blocks, bullets, name } from "./markdown.ts";
import { clientsSection, edgesSection, findingsSection, groupsSection, undecidedSection } from "./people-sections.ts";
import { costsSection, sizingSection } from "./sizing-section.ts";
import { wavesSection, windowsSection } from "./waves-section.ts";

/** The plan as one Markdown page, for the meeting that decides on it. */
export const planPage = (plan: Plan): string =>
  `${blocks(
    `# Batch plan of ${name(plan.migration)}`,
    summary(plan),
    wavesSection(plan),
    groupsSection(plan),
    clientsSection(plan),
    windowsSection(plan),
    undecidedSection(plan),
    findingsSection(plan),
    edgesSection(plan),
    sizingSection(plan),
    costsSection(plan),
  )}\n`;

function summary({ basis, waves, undecided, findings, windows }: Plan): string {
  const total = (of: (wave: Plan["waves"][number]) => number): string =>
    count(waves.reduce((sum, wave) => sum + of(wave), 0));
  const blocking = undecided.filter(({ blocks: stops }) => stops).length;
  const late = windows.filter(({ freeze }) => freeze.fits === false).length;
  return blocks(
    `Made from the source's snapshot ${name(basis.source)}${basis.target === undefined ? "" : ` and the target's ${name(basis.target)}`}. The same snapshots give the same plan.`,
    bullets([
      `Waves: ${count(waves.length)}; topics: ${total(({ topics }) => topics.length)}; groups: ${total(({ groups }) => groups.length)}; clients: ${total(({ clients }) => clients.length)}`,
      `Open questions: ${count(undecided.length)}; to be answered before the plan can be accepted: ${count(blocking)}`,
      `Findings: ${count(findings.length)}; waves that do not fit their freeze: ${count(late)}`,
    ]),
  );
}
