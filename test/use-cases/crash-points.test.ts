import { describe, expect, it } from "vitest";
import { CRASH_POINTS } from "#use-cases/crash-point-list.ts";
import { PORT_METHODS } from "#use-cases/port-methods.ts";
import { startHome } from "../in-memory/home.ts";
import { waveWithBoth } from "../in-memory/migration.ts";
import { effectsInCode } from "./effects-in-code.ts";

const root = new URL("../../", import.meta.url).pathname;

const FORGETFUL = "forgetful-use-case";

describe("the list of crash points", () => {
  const { byUseCase, unseen, ports } = effectsInCode(root, [`${root}test/use-cases/fixtures/${FORGETFUL}.ts`]);
  const ofForgetful = (line: string): boolean => line.startsWith(FORGETFUL);

  it("names each effect that the code makes, and none that it does not", () => {
    const made = [...byUseCase].filter(([useCase]) => useCase !== FORGETFUL);
    expect(Object.fromEntries(made)).toEqual(CRASH_POINTS);
    expect(made.length).toBeGreaterThan(40);
  });

  it("is blind to none: each effect is called where it is taken from its port, each write awaited", () => {
    expect(unseen.filter((line) => !ofForgetful(line))).toEqual([]);
  });

  it("would see one that was forgotten, and says where one is made so that it cannot be seen", () => {
    expect(byUseCase.get(FORGETFUL)).toEqual(["AccessRights.remove", "WaveItems.put"]);
    expect(unseen.filter(ofForgetful).map((line) => line.replace(/:\d+:/, ":"))).toEqual([
      `${FORGETFUL}.ts: TickRequester.requestTick is taken from its port but not called right there`,
      `${FORGETFUL}.ts: ClientSwitch.stop is taken from its port but not called right there`,
      `${FORGETFUL}.ts: decideAndWrite is used but not called and awaited right there`,
    ]);
  });

  it("classes the methods of every port", () => {
    expect(Object.keys(PORT_METHODS).sort()).toEqual(ports);
  });
});

describe("a wave whose points are told", () => {
  it("tells each before and after its effect, named after the use case that makes it", async () => {
    const reached: string[] = [];
    const home = await startHome(
      { waves: [waveWithBoth("payments")] },
      {
        points: {
          reach: async (point) => {
            reached.push(point);
          },
        },
      },
    );
    expect(await home.reach("sealed")).toMatchObject({ phase: "sealed", run: 1 });
    const before = reached
      .filter((point) => point.endsWith("/before"))
      .map((point) => point.replace(/before$/, "after"));
    expect([...before].sort()).toEqual(reached.filter((point) => point.endsWith("/after")).sort());
    expect(reached).toContain("freeze-source/ClientSwitch.stop/before");
    expect(reached).toContain("tick-wave/WaveStore.write(GateJudged)/before");
    expect(new Set(reached).size).toBeGreaterThan(100);
  });
});
