import { setTimeout as sleep } from "node:timers/promises";
import { workersAttachedTo } from "#local/demo/checker/left-behind.ts";
import { until } from "#local/demo/demo-estate.ts";
import type { ServiceName } from "#local/home/start-control-plane.ts";
import type { Side, WaveLab } from "../wave-lab.ts";

/** Strikes, and answers when it did, in ms, once whatever it struck is back, or is being brought back by itself. Throws where nothing is there. */
export type Fault = (lab: WaveLab) => Promise<number>;

const OUTAGE_MILLISECONDS = 10_000;

/** A fault that strikes nothing would be survived by everybody: what is being launched is waited for. */
const someOf = async (pids: (lab: WaveLab) => readonly number[], lab: WaveLab): Promise<readonly number[]> => {
  await until(30, "a process to strike", () => pids(lab).length > 0);
  return pids(lab);
};

/** All of it stands still for ten seconds, and goes on as if nothing had been. */
const paused =
  (pids: (lab: WaveLab) => readonly number[]): Fault =>
  async (lab) => {
    const struck = await someOf(pids, lab);
    const at = Date.now();
    for (const pid of struck) process.kill(pid, "SIGSTOP");
    await sleep(OUTAGE_MILLISECONDS);
    for (const pid of struck) signalIfThere(pid, "SIGCONT");
    return at;
  };

/** Its supervisor brings it back with what is on its disk: moto has none. */
const killedService =
  (service: ServiceName): Fault =>
  async (lab) => {
    const pid = lab.control().pids()[service];
    await lab.control().kill(service);
    const at = Date.now();
    await until(30, `${service} to be up again`, () => lab.control().isUp() && lab.control().pids()[service] !== pid);
    return at;
  };

/** Down for ten seconds, and started anew on its disk. */
const killedBroker =
  (side: Side): Fault =>
  async (lab) => {
    process.kill(lab.brokerPid(side), "SIGKILL");
    const at = Date.now();
    await sleep(OUTAGE_MILLISECONDS);
    await lab.restartBroker(side);
    return at;
  };

/** Workers of a direction are attached to the side that they write to; before they are launched there are none. */
const workers =
  (side: Side) =>
  (lab: WaveLab): readonly number[] =>
    workersAttachedTo([lab.bootstrapServers[side]]).map(({ pid }) => pid);

const killedWorkers =
  (side: Side): Fault =>
  async (lab) => {
    for (const pid of await someOf(workers(side), lab)) signalIfThere(pid, "SIGKILL");
    return Date.now();
  };

export const FAULTS = {
  "engine loses everything": killedService("moto"),
  "table killed": killedService("dynamodb"),
  "table paused": paused((lab) => [lab.control().pids()["dynamodb"] ?? []].flat()),
  "source killed": killedBroker("source"),
  "source paused": paused((lab) => [lab.brokerPid("source")]),
  "target killed": killedBroker("target"),
  "target paused": paused((lab) => [lab.brokerPid("target")]),
  "forward worker killed": killedWorkers("target"),
  "forward worker paused": paused(workers("target")),
  "reverse worker killed": killedWorkers("source"),
  "reverse worker paused": paused(workers("source")),
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof FAULTS;

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
