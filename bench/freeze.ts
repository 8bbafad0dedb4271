import { figuresOf, LEAST_RECORDS_PER_SECOND, LIMITS } from "./freeze/figures.ts";
import { repeatFreeze } from "./freeze/repeat-freeze.ts";
import { asJson, asText } from "./freeze/report.ts";
import { totalOf } from "./waves/records.ts";
import { runBench } from "./waves/run-bench.ts";

await runBench({
  name: "freeze",
  repeated: "freezes",
  timesUnlessGiven: 20,
  measure: async (bench) => {
    const times = bench.waves.length;
    const { repetitions, records } = await repeatFreeze(bench);
    const figures = figuresOf(repetitions);
    const all = totalOf(records);
    const troubles = [
      ...all.findings,
      ...(repetitions.length < times ? [`${repetitions.length} of ${times} freezes were measured`] : []),
      ...(figures.recordsPerSecond.least < LEAST_RECORDS_PER_SECOND
        ? [
            `only ${figures.recordsPerSecond.least.toFixed(0)} records/s were acknowledged, less than the load that was promised`,
          ]
        : []),
      ...(figures.controlPlane.p95 > LIMITS.controlPlane ? ["the control plane's share is beyond its limit"] : []),
      ...(figures.producersView.p95 > LIMITS.producersView ? ["the producers' view is beyond its limit"] : []),
    ];
    return { text: asText(figures, all, troubles), json: asJson(figures, all), troubles };
  },
});
