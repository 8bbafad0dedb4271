import { figuresOf, LEAST_RECORDS_PER_SECOND, LIMITS } from "./rollback/figures.ts";
import { repeatRollBack } from "./rollback/repeat-roll-back.ts";
import { asJson, asText } from "./rollback/report.ts";
import { totalOf } from "./waves/records.ts";
import { runBench } from "./waves/run-bench.ts";

await runBench({
  name: "rollback",
  repeated: "roll-backs",
  timesUnlessGiven: 10,
  measure: async (bench) => {
    const times = bench.waves.length;
    const { repetitions, records } = await repeatRollBack(bench);
    const figures = figuresOf(repetitions);
    const all = totalOf(records);
    const troubles = [
      ...all.findings,
      ...repetitions.flatMap((repetition) => repetition.findings),
      ...(repetitions.length < times ? [`${repetitions.length} of ${times} roll-backs were measured`] : []),
      ...(figures.recordsPerSecond.least < LEAST_RECORDS_PER_SECOND
        ? [
            `only ${figures.recordsPerSecond.least.toFixed(0)} records/s were acknowledged, less than the load that was promised`,
          ]
        : []),
      ...(figures.alarmToRolledBack.p95 > LIMITS.alarmToRolledBack ? ["a roll-back took longer than its limit"] : []),
    ];
    return { text: asText(figures, all, troubles), json: asJson(figures, all), troubles };
  },
});
