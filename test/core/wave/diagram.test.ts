import { describe, expect, it } from "vitest";
import { decideThawed, decideThawRefused } from "#core/wave/decisions.ts";
import { lifecycleDiagram } from "#core/wave/diagram.ts";
import { ABORT, LIFECYCLE, PHASES, RETRY, ROLL_BACK, THAW } from "#core/wave/lifecycle.ts";
import { decideAborted, decideRetry, decideReturn, decideRolledBack, decideWithdrawn } from "#core/wave/way-back.ts";
import { BEGIN, CLAIM_ID, eventsOf, NOW, row, rowIn, written } from "./rows.ts";

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

  it("shows the way back from each phase that the table names, and where each turn ends as the decisions say", () => {
    for (const phase of ROLL_BACK.from) expect(arrows).toContain(`${nameOf(phase)} --> rolling_back: roll-back`);
    for (const phase of ABORT.from) expect(arrows).toContain(`${nameOf(phase)} --> aborting: abort`);
    const retried = RETRY.from.map((phase) => decideRetry(rowIn(phase), "olga", NOW));
    for (const [index, phase] of RETRY.from.entries())
      expect(arrows).toContain(`${nameOf(phase)} --> ${written(retried[index] ?? { kind: "none" }).phase}: retry`);
    const ends = [
      ["rolling-back", decideReturn(rowIn("rolling-back"), CLAIM_ID, NOW, {}), ""],
      ["returning", decideRolledBack(rowIn("returning"), CLAIM_ID, {}), ""],
      ["withdrawing", decideWithdrawn(rowIn("withdrawing"), CLAIM_ID, {}), ", held"],
      ["aborting", decideAborted(rowIn("aborting"), CLAIM_ID, {}), ""],
    ] as const;
    for (const [phase, decision, held] of ends) {
      const { phase: to, hold } = written(decision);
      expect(arrows).toContain(`${nameOf(phase)} --> ${nameOf(to)}: ${eventsOf(decision)[0]}${held}`);
      expect(hold !== undefined, phase).toBe(held !== "");
    }
    expect(arrows).toContain("rolling_back --> withdrawing: deadline or failure");
  });

  it("shows no other transition than these, and says hold and resume in a note", () => {
    // Where it begins and ends; the thaw's two ends; returning, its end, and the withdrawal's two arrows; the abort's end.
    expect(arrows).toHaveLength(
      2 * LIFECYCLE.length +
        2 +
        (THAW.from.length + 2) +
        (ROLL_BACK.from.length + 4) +
        (ABORT.from.length + 1) +
        RETRY.from.length,
    );
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
