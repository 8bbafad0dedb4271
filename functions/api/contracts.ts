import * as commands from "./commands.ts";
import type { Contract } from "./contract.ts";
import * as estate from "./estate.ts";
import * as migrations from "./migrations.ts";
import { readOpenapiContract } from "./openapi.ts";
import * as planCommands from "./plan-commands.ts";
import * as plans from "./plans.ts";
import * as snapshots from "./snapshots.ts";
import * as waves from "./waves.ts";

/** Every contract, by the name that the manifest gives its function. */
export const CONTRACTS: Readonly<Record<string, Contract<unknown, unknown, unknown>>> = {
  "http-post-migration": migrations.postMigrationContract,
  "http-list-migrations": migrations.listMigrationsContract,
  "http-read-migration": migrations.readMigrationContract,
  "http-list-waves": waves.listWavesContract,
  "http-read-wave": waves.readWaveContract,
  "http-read-gates": waves.readGatesContract,
  "http-read-journal": waves.readJournalContract,
  "http-take-snapshots": snapshots.takeSnapshotsContract,
  "http-list-snapshots": snapshots.listSnapshotsContract,
  "http-read-inventory": snapshots.readInventoryContract,
  "http-read-drift": snapshots.readDriftContract,
  "http-list-flags": estate.listFlagsContract,
  "http-list-dispositions": estate.listDispositionsContract,
  "http-list-clients": estate.listClientsContract,
  "http-propose-plan": planCommands.proposePlanContract,
  "http-read-plan": plans.readPlanContract,
  "http-compare-plans": plans.comparePlansContract,
  "http-approve-plan": planCommands.approvePlanContract,
  "http-accept-plan": planCommands.acceptPlanContract,
  "http-start-wave": commands.startWaveContract,
  "http-approve-gate": commands.approveGateContract,
  "http-hold-wave": commands.holdWaveContract,
  "http-resume-wave": commands.resumeWaveContract,
  "http-thaw-wave": commands.thawWaveContract,
  "http-roll-back-wave": commands.rollBackWaveContract,
  "http-abort-wave": commands.abortWaveContract,
  "http-retry-wave": commands.retryWaveContract,
  "http-seal-wave": commands.sealWaveContract,
  "http-read-openapi": readOpenapiContract,
};
