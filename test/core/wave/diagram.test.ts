import { describe, expect, it } from "vitest";
import { decideThawed, decideThawRefused } from "#core/wave/decisions.ts";
import { lifecycleDiagram } from "#core/wave/diagram.ts";
import { LIFECYCLE, PHASES, THAW } from "#core/wave/lifecycle.ts";
import { BEGIN, row } from "./rows.ts";

const lines = lifecycleDiagram()
  .split("\n")
  .map((line) => line.trim());
const arrows = lines.filter((line) => line.includes("-->"));
const nameOf = (phase: string) => phase.replaceAll("-", "_");

describe("the lifecycle diagram", () => {
  it("shows every phase under its own name", () => {
    for (const phase of PHASES) expect(lines).toContain(`state "${phase}" as ${nameOf(phase)}`);
  });

  it.each(LIFECYCLE)("shows the claim of $step with its gates, and its completion", (step) => {
    const claim = arrows.find((line) =>
      line.startsWith(`${nameOf(step.from)} --> ${nameOf(step.doing)}: ${step.step}`),
    );
    for (const gate of step.gates) expect(claim).toMatch(new RegExp(`[[ ]${gate}[,\\]]`));
    for (const gate of step.judgedAgain) expect(claim).toContain(`${gate} again`);
    expect(claim?.includes("[")).toBe(step.gates.length + step.judgedAgain.length > 0);
    expect(arrows).toContain(`${nameOf(step.doing)} --> ${nameOf(step.to)}: ${step.completedAs}`);
  });

  it("shows thaw from each phase of a freeze, and where it ends as the decisions say", () => {
    for (const phase of THAW.from) expect(arrows).toContain(`${nameOf(phase)} --> thawing: thaw`);
    const claim = { step: "thaw", id: "c", run: 2, leaseUntil: 9 } as const;
    const thawing = row({ phase: "thawing", run: 2, claim });
    for (const decision of [decideThawed(thawing, "c", {}, BEGIN), decideThawRefused(thawing, "c", "r", "c", BEGIN)]) {
      if (decision.kind !== "write") throw new Error(decision.because);
      const event = decision.events[0].event;
      expect(arrows).toContain(`thawing --> ${nameOf(decision.next.phase)}: ${event}, held`);
    }
  });

  it("shows no other transition than these, and says hold and resume in a note", () => {
    expect(arrows).toHaveLength(2 * LIFECYCLE.length + THAW.from.length + 2 + 2);
    const note = lines
      .slice(
        lines.findIndex((line) => line.startsWith("note")),
        lines.indexOf("end note"),
      )
      .join(" ");
    expect(note).toMatch(/hold stops .* resume takes/);
  });

  it("has labels that Mermaid reads to their end: no colon or semicolon within", () => {
    for (const line of arrows) expect(line.slice(line.indexOf(": ") + 2)).not.toMatch(/[:;]/);
  });
});
