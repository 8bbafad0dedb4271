import type { Migration } from "#core/migration/migration.ts";
import { migration, waveFile, waveWithBoth } from "../in-memory/migration.ts";
import type { Chance } from "./chance.ts";
import type { FaultPlan } from "./fault-plan.ts";

const NAMES = ["payments", "orders", "stock"] as const;
export const ALARM = "customers cannot pay";

/** Only a group whose client stands still on the target is so far behind for so long. */
const LAG_RULE = { kind: "lag", maxLagRecords: 30, forSeconds: 3 } as const;

/** One to three waves of one migration, one of them perhaps with a client that reads and writes. */
export function declaration(chance: Chance, plan: FaultPlan): Migration {
  const waves = NAMES.slice(0, plan.waves).map((name) => {
    const file = chance.happens(0.3) ? waveWithBoth(name) : waveFile(name);
    return {
      ...file,
      clients: file.clients.map((client) => ({
        ...client,
        name: `${name}-${client.name}`,
        stopSeconds: 3,
        startSeconds: 4,
      })),
    };
  });
  return migration({
    waves,
    people: [
      { id: "olga", roles: ["operator"] },
      { id: "carl", roles: ["cutover-approver"] },
      { id: "sara", roles: ["seal-approver"] },
      { id: "tom", roles: ["seal-approver"] },
    ],
    policy: {
      delayLimitSeconds: 20,
      replicationWindowSeconds: 1,
      keepUpWindowSeconds: 1,
      observationWindowSeconds: 1,
      windowMinSamples: 2,
      settleMilliseconds: 200,
      quietMilliseconds: 150,
      pollMilliseconds: 250,
      leaseSeconds: chance.pick([20, 60, 80]),
      freezeDeadlineSeconds: plan.freezeDeadlineSeconds,
      moveProducersDeadlineSeconds: chance.pick([20, 60]),
      rollBackDeadlineSeconds: chance.pick([20, 40]),
      workersStartSeconds: 30,
      groupStopSeconds: 10,
      groupStartSeconds: 10,
      mirrorCatchUpSeconds: 15,
      alarms: [{ name: ALARM }],
      rollbackRules: chance.happens(0.5) ? [LAG_RULE] : [],
    },
  });
}
