/** What goes on beside the handlers: applications and mirrors at work, and what goes wrong with them. */
import type { Side } from "#core/kafka/offset.ts";
import type { World } from "./world.ts";

/** Again and again, until the world ends. */
export function every(world: World, least: number, most: number, act: () => "nobody" | void): void {
  const again = (): "nobody" | void => {
    world.time.after(world.chance.between(least, most), again);
    return act();
  };
  world.time.after(world.chance.between(0, most), again);
}

/** Where a tick comes once a minute everything else is slower, too: such a wave lasts an hour. */
export const pace = ({ plan }: World): number => (plan.tick > 10_000 ? 6 : 1);

export function startActors(world: World): void {
  const { chance, estate, migration } = world;
  const slow = pace(world);
  for (const wave of migration.waves)
    for (const client of wave.clients)
      every(world, 150 * slow, 900 * slow, () => {
        if (client.kind === "producer") estate.clients.produce(wave, client);
        else estate.clients.consume(wave, client);
        return "nobody";
      });
  every(world, 50 * slow, 300 * slow, () => {
    for (const connector of estate.connectors.values())
      if (chance.happens(0.8))
        estate.mirrors.mirror(connector, { most: chance.pick([2, 5, 100]), storesOffsets: chance.happens(0.5) });
    return "nobody";
  });
  every(world, 800, 1_200, () => {
    if (world.strikes("worker-crash")) estate.mirrors.crash(chance.pick(["forward", "reverse"]));
    if (world.strikes("outage")) outage(world, chance.pick(["source", "target"]));
    if (world.strikes("deaf-client")) turnDeaf(world, chance.pick([...estate.positions.keys()]));
    if (world.strikes("execution-lost"))
      loseExecution(world, chance.pick([undefined, ...(world.engine?.running() ?? [])]));
  });
}

export function loseExecution(world: World, name: string | undefined): void {
  if (name === undefined) return;
  world.observer?.note(`! execution ${name} is lost`);
  world.engine?.forget(name);
}

/** No broker of a side answers for a while. */
export function outage(world: World, side: Side, least = 1_000, most = 30_000): void {
  const milliseconds = world.chance.between(least, most);
  if (world.estate[side].isDown) return;
  world.estate[side].isDown = true;
  world.out(milliseconds);
  world.observer?.note(`! the ${side} is gone for ${milliseconds} ms`);
  world.time.after(milliseconds, () => {
    if (side === "target" && world.isBurning) return "nobody";
    world.estate[side].isDown = false;
    world.observer?.note(`! the ${side} is back`);
    return "nobody";
  });
}

const BURNS_AT_MOST = 400_000;

/** Gone until someone has brought the wave back without it; then it is there again, as it was left. */
export function burnTarget(world: World, wave: string): void {
  const { estate, observer, time } = world;
  if (world.isBurning || observer === undefined) return;
  const earlier = observer.onMove;
  world.isBurning = true;
  estate.target.isDown = true;
  world.out(BURNS_AT_MOST);
  observer.note("! the target is gone for good");
  const rebuild = (): "nobody" => {
    if (!world.isBurning) return "nobody";
    const row = observer.rowOf(wave);
    if (row?.rollBack?.isForced === true && row.phase !== "rolled-back") {
      time.after(10_000, rebuild);
      return "nobody";
    }
    world.isBurning = false;
    estate.target.isDown = false;
    observer.note("! the target is there again");
    return "nobody";
  };
  observer.onMove = (row) => {
    earlier?.(row);
    if (row.wave === wave && row.phase === "rolled-back") time.after(2_000, rebuild);
  };
  time.after(BURNS_AT_MOST, rebuild);
}

/** A client that does not look at its switch for a while. */
export function turnDeaf(world: World, client: string): void {
  const milliseconds = world.chance.between(1_000, 40_000);
  const { clients } = world.estate;
  if (clients.deaf.has(client)) return;
  clients.deaf.add(client);
  world.out(milliseconds);
  world.observer?.note(`! ${client} does not look at its switch for ${milliseconds} ms`);
  world.time.after(milliseconds, () => {
    clients.deaf.delete(client);
    clients.look(client);
    return "nobody";
  });
}
