import type { Lies } from "#local/edge/lies/armed.ts";
import type { LyingEdge } from "./lying-edge.ts";
import type { LabWaveRun } from "./wave-lab.ts";

type Calls = NonNullable<Lies["calls"]>;

const refused = (error: string, status: number) => ({ kind: "refused", error, status }) as const;

/** What AWS may do for as long as a wave takes. */
export const AWS_TROUBLES = {
  "DynamoDB throttled": [
    { service: "dynamodb", share: 0.1, lie: refused("ProvisionedThroughputExceededException", 400) },
  ],
  "Step Functions refusing": [{ service: "states", share: 0.5, lie: refused("ThrottlingException", 400) }],
  "ECS slow": [{ service: "ecs", share: 1, lie: { kind: "slow", milliseconds: 300 } }],
  "SSM failing one call in ten": [{ service: "ssm", share: 0.1, lie: refused("InternalServerError", 500) }],
  "Scheduler failing one call in two": [
    { service: "scheduler", share: 0.5, lie: refused("InternalServerException", 500) },
  ],
  "answers lost": [
    { service: "dynamodb", share: 0.05, lie: { kind: "done-then-lost" } },
    { service: "states", share: 0.2, lie: { kind: "done-then-lost" } },
    { service: "ecs", share: 0.2, lie: { kind: "done-then-lost" } },
    { service: "scheduler", share: 0.2, lie: { kind: "done-then-lost" } },
    { service: "ssm", share: 0.2, lie: { kind: "done-then-lost" } },
  ],
} as const satisfies Readonly<Record<string, Calls>>;

/** From planned to sealed, as a person would drive it: whoever is told to ask again asks again, and a held wave is resumed. */
export async function driveThroughTrouble(wave: LabWaveRun, edge: LyingEdge, calls: Calls): Promise<void> {
  await edge.arm({ calls });
  try {
    for (let status = 503; status === 503; ) ({ status } = await wave.command("start"));
    await wave.follow({ until: ({ phase }) => phase === "sealed", seconds: 150, resumes: () => true });
  } finally {
    await edge.arm({ calls: [] });
  }
}
