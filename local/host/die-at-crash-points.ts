/** Loaded only where tests order it: the handler host ends itself by SIGKILL at a crash point, as a machine would end there. */
import { RetryableFault } from "#core/fault.ts";
import { putAroundPorts, waveStore } from "#functions/wire.ts";
import { atCrashPoints } from "#use-cases/at-crash-points.ts";
import { type CrashFiles, type CrashOrder, type CrashPlace, crashFiles } from "./crash-orders.ts";
import { invoked } from "./invoked.ts";
import { waveOf } from "./wave-of-event.ts";

/** From now on each reach of a point is looked up among the orders in that directory. Before any handler is loaded. */
export function dieAtCrashPoints(directory: string): void {
  const files = crashFiles(directory);
  const reaches = new Map<string, number>();
  const kept = new Set<string>();
  putAroundPorts(
    atCrashPoints({
      async reach(point) {
        const { name: by, event } = invoked() ?? { name: "none", event: undefined };
        const ref = waveOf(event);
        if (ref === undefined) return;
        const { wave } = ref;
        const orders = standing(files).filter((one) => one.wave === wave && one.by === by && isAt(one, point));
        if (orders.length === 0 && !files.reached.isKept()) return;
        const place = { wave, phase: (await waveStore().wave(ref))?.phase ?? "none", by, point };
        keepReached(files, kept, place);
        const due = orders.find((order) => order.phase === place.phase && isDue(reaches, order));
        if (due === undefined) return;
        files.crashes.add({ ...place, id: due.id, at: Date.now() });
        if (due.how === "no-answer") throw new RetryableFault(`${point}: no answer in time`);
        process.kill(process.pid, "SIGKILL");
        // Nothing may happen between the signal and the end.
        await new Promise<never>(() => undefined);
      },
    }),
  );
}

const isAt = ({ point, orAt }: CrashOrder, reached: string): boolean => reached === point || reached === orAt;

const standing = (files: CrashFiles): readonly CrashOrder[] => {
  const done = new Set(files.crashes.all().map((crash) => crash.id));
  return files.orders.all().filter((order) => !done.has(order.id));
};

const isDue = (reaches: Map<string, number>, { id, reach }: CrashOrder): boolean => {
  const count = (reaches.get(id) ?? 0) + 1;
  reaches.set(id, count);
  return count >= reach;
};

const keepReached = (files: CrashFiles, kept: Set<string>, place: CrashPlace): void => {
  const key = JSON.stringify(place);
  if (!files.reached.isKept() || kept.has(key)) return;
  kept.add(key);
  files.reached.add(place);
};
