import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lifecycleDiagram } from "#core/wave/diagram.ts";
import { readmeFile, withDiagram } from "#state-machines/readme-diagram.ts";

const BEGIN = "<!-- lifecycle:begin -->";
const END = "<!-- lifecycle:end -->";

describe("the README's diagram", () => {
  it("is what the lifecycle table gives (npm run derive writes it anew)", () => {
    const readme = readFileSync(readmeFile, "utf8");
    expect(withDiagram(readme)).toBe(readme);
    expect(readme).toContain(lifecycleDiagram());
  });

  it("takes the place of what is between the markers, and of nothing else", () => {
    const drawn = withDiagram(`before\n${BEGIN}\nan old one\n${END}\nafter`);
    expect(drawn).toBe(`before\n${BEGIN}\n\`\`\`mermaid\n${lifecycleDiagram()}\`\`\`\n${END}\nafter`);
    expect(withDiagram(drawn)).toBe(drawn);
  });

  it.each([
    ["no begin", `text ${END}`, "has no line <!-- lifecycle:begin -->"],
    ["no end", `text ${BEGIN}`, "has no line <!-- lifecycle:end -->"],
    ["two ends", `${BEGIN} ${END} ${END}`, "has <!-- lifecycle:end --> twice"],
    ["the end first", `${END} ${BEGIN}`, "put them in order"],
  ])("refuses a README with %s", (_what, readme, message) => {
    expect(() => withDiagram(readme)).toThrow(message);
  });
});
