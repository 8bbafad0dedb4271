import type { PORT_METHODS } from "./port-methods.ts";

type Methods = typeof PORT_METHODS;
/** `Port.method` of whatever changes something outside its process. */
export type Effect = {
  [P in keyof Methods]: {
    [M in keyof Methods[P]]: Methods[P][M] extends "effect" ? `${P}.${M & string}` : never;
  }[keyof Methods[P]];
}[keyof Methods];

/**
 * What each use case changes outside, by its file. Before and after each of these a process may die (`CrashPoint`), and the
 * wave must end all the same. A test compares the list with the code: an effect that is made and not named here fails it.
 */
export const CRASH_POINTS = {
  "abort-wave": [
    "AccessRights.remove",
    "Replicator.remove",
    "TopicCatalog.delete",
    "WaveItems.remove",
    "WaveStore.write",
    "Workers.launch",
  ],
  "announce-journal": ["Announcer.announce", "WaveItems.put", "WaveItems.releaseLease", "WaveItems.takeLease"],
  "bring-back-by-force": ["ClientSwitch.stop", "Replicator.stop", "WaveItems.remove", "Workers.launch"],
  "bring-back": ["ClientSwitch.stop", "Replicator.resume", "Replicator.stop"],
  "bring-groups-back": ["ClientSwitch.stop", "ConsumerGroups.commit"],
  "cancel-deadline": ["DeadlineSchedule.cancel"],
  "clear-earlier-attempts": ["AccessRights.remove", "Replicator.remove"],
  "close-gates": ["Engine.sendToken", "WaveStore.write"],
  "command-wave": ["WaveStore.write"],
  "cut-over": ["DeadlineSchedule.schedule", "TickRequester.requestTick", "WaveStore.write"],
  "ensure-mirror": [
    "Replicator.ensure",
    "Replicator.remove",
    "Replicator.restartFailed",
    "Replicator.resume",
    "Workers.launch",
  ],
  evidence: ["WaveItems.put"],
  "force-roll-back": ["Engine.sendToken", "WaveStore.write"],
  "forget-measurements": ["WaveItems.remove"],
  "freeze-source": ["ClientSwitch.stop"],
  "grant-mirror-rights": ["AccessRights.add"],
  "group-progress": ["WaveItems.put"],
  "hold-failed-step": ["WaveStore.write"],
  "hold-for-late-writer": ["WaveStore.write"],
  "judge-lag-rule": ["WaveItems.put"],
  "judge-rollback": ["WaveItems.put", "WaveStore.write"],
  "keep-on-target": ["AccessRights.remove", "ClientSwitch.start"],
  "keep-thawed": [
    "AccessRights.remove",
    "ClientSwitch.start",
    "Replicator.resume",
    "Replicator.stop",
    "WaveStore.write",
  ],
  leftovers: ["WaveStore.write"],
  "measure-keep-up": ["WaveItems.put"],
  "mirror-cursors": ["WaveItems.put"],
  "move-consumers": ["ClientSwitch.start", "ClientSwitch.stop", "ConsumerGroups.commit"],
  "move-groups-with-producers": ["ConsumerGroups.commit"],
  "move-producers": ["AccessRights.add", "ClientSwitch.start", "Replicator.resume"],
  "open-gate": ["Engine.sendToken", "TickRequester.requestTick", "WaveStore.write"],
  "order-abort": ["Engine.sendToken"],
  "order-roll-back": ["Engine.sendToken", "WaveStore.write"],
  "origin-of-retry": ["TopicCatalog.delete"],
  "post-migration": ["WaveStore.createMigration", "WaveStore.replaceMigration"],
  "prepare-cutover": ["Replicator.ensure", "Workers.launch"],
  "probe-allow-everyone": ["AccessRights.add", "AccessRights.remove"],
  "release-workers": ["Workers.launch", "Workers.release"],
  "request-snapshots": ["SnapshotRequester.requestSnapshot"],
  "resume-wave": ["Engine.sendToken"],
  "reverse-mirror": ["Workers.launch"],
  "return-clients": ["AccessRights.remove", "ClientSwitch.start", "Replicator.remove", "Workers.launch"],
  "roll-back-wave": ["WaveStore.write"],
  "run-step": ["TickRequester.requestTick", "WaveStore.write"],
  "run-turn": ["WaveStore.write"],
  "sample-mirror": ["Replicator.restartFailed", "WaveItems.put"],
  "seal-wave": ["TopicCatalog.setConfigs"],
  "show-hold": ["WaveStore.write"],
  "snapshot-cluster": ["SnapshotRequester.requestSnapshot"],
  "source-fence": ["AccessRights.add", "AccessRights.remove"],
  "start-execution": ["Engine.start"],
  "start-mirror-from": ["Replicator.startFrom"],
  "start-replication": ["AccessRights.add", "TopicCatalog.create", "TopicCatalog.setConfigs", "Workers.launch"],
  "step-context": ["WaveStore.write"],
  "stop-drained-mirror": ["Replicator.resume", "Replicator.stop"],
  "take-snapshot": [
    "SnapshotStore.cutOff",
    "SnapshotStore.discard",
    "SnapshotStore.expire",
    "SnapshotStore.finish",
    "SnapshotStore.savePiece",
    "SnapshotStore.take",
  ],
  "thaw-at-deadline": ["DeadlineSchedule.schedule"],
  "thaw-wave": [
    "AccessRights.add",
    "AccessRights.remove",
    "ClientSwitch.start",
    "ClientSwitch.stop",
    "Replicator.resume",
    "Replicator.stop",
    "WaveStore.write",
  ],
  "tick-active-waves": ["TickRequester.requestTick"],
  "tick-wave": ["WaveItems.put", "WaveItems.releaseLease", "WaveItems.takeLease", "WaveStore.write"],
  "wake-for-alarm": ["TickRequester.requestTick"],
  "wave-facts": ["WaveItems.put", "WaveItems.putInRun"],
  "withdraw-mirror-rights": ["AccessRights.add", "AccessRights.remove"],
  "withdraw-roll-back": ["ClientSwitch.start", "Replicator.resume", "WaveItems.remove", "WaveStore.write"],
} as const satisfies Readonly<Record<string, readonly Effect[]>>;

export type UseCaseName = keyof typeof CRASH_POINTS;
