import { expect } from "vitest";
import { LIFECYCLE } from "#core/wave/lifecycle.ts";
import { knownPlaces } from "./crash-points/places.ts";
import { sampledInEach, testSeed } from "./crash-points/sample.ts";
import type { LabWaveRun, WaveLab } from "./wave-lab.ts";

/** From planned to sealed; in each step one effect of a port, another each time, is done, where the wave comes by it, and then said to have got no answer in time. */
export async function driveUnanswered(lab: WaveLab, wave: LabWaveRun): Promise<void> {
  const seed = testSeed();
  const places = sampledInEach(
    knownPlaces().filter(({ story }) => story === "onward"),
    LIFECYCLE.map(({ doing }) => doing),
    seed,
    ({ point }) => point.endsWith("/after"),
  );
  const told = `SLUICE_CRASH_SEED=${seed}: ${places.map(({ phase, point }) => `${phase} ${point}`).join(", ")}`;
  const ids = places.map(({ phase, by, point }, index) => {
    const id = `unanswered-${index}`;
    lab.crashes.orders.add({ id, wave: wave.declared.name, phase, by, point, reach: 1, how: "no-answer" });
    return id;
  });
  expect(await wave.command("start"), told).toMatchObject({ status: 200 });
  const { phase } = await wave
    .follow({ until: (row) => row.phase === "sealed", seconds: 150, resumes: () => true })
    .catch((error: unknown) => {
      throw new Error(told, { cause: error });
    });
  expect(phase).toBe("sealed");
  const happened = lab.crashes.crashes.all().map(({ id }) => id);
  // Which of a step's effects it comes by depends on what others do meanwhile.
  expect(
    happened.filter((id) => ids.includes(id)),
    told,
  ).not.toEqual([]);
}
