import { lifecycleDiagram } from "#core/wave/diagram.ts";

const BEGIN = "<!-- lifecycle:begin -->";
const END = "<!-- lifecycle:end -->";

export const readmeFile = new URL("../README.md", import.meta.url);

/** The README with the diagram between its markers. Faults: an Error that names the marker that is missing, doubled or out of order. */
export function withDiagram(readme: string): string {
  const begin = placeOf(readme, BEGIN);
  const end = placeOf(readme, END);
  if (end < begin) throw new Error(`README.md has ${END} before ${BEGIN}; put them in order`);
  const diagram = `\n\`\`\`mermaid\n${lifecycleDiagram()}\`\`\`\n`;
  return readme.slice(0, begin + BEGIN.length) + diagram + readme.slice(end);
}

function placeOf(readme: string, marker: string): number {
  const place = readme.indexOf(marker);
  if (place < 0) throw new Error(`README.md has no line ${marker}; add it where the lifecycle diagram belongs`);
  if (readme.includes(marker, place + 1)) throw new Error(`README.md has ${marker} twice; leave one`);
  return place;
}
