import { CRASH_POINTS, type Effect, type UseCaseName } from "./crash-point-list.ts";
import { PORT_METHODS } from "./port-methods.ts";
import type { CrashPoints } from "./ports/crash-points.ts";

/** What is put around a port when it is made; the name is its interface's. */
export type AroundPort = <P extends object>(name: PortName, port: P) => P;
type PortName = keyof typeof PORT_METHODS | keyof typeof NESTED;

/** Ports within ports. */
const NESTED = {
  Deps: {
    store: "WaveStore",
    engine: "Engine",
    ticks: "TickRequester",
    deadlines: "DeadlineSchedule",
    announcer: "Announcer",
    snapshots: "SnapshotStore",
    estate: "Estate",
  },
  Estate: {
    source: "Cluster",
    target: "Cluster",
    replicator: "Replicator",
    workers: "Workers",
    clientSwitch: "ClientSwitch",
  },
  Cluster: { topics: "TopicCatalog", groups: "ConsumerGroups", rights: "AccessRights" },
  WaveStore: { items: "WaveItems" },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * The same port, telling before and after each effect which use case makes it. Use cases do not know: who calls is read from
 * the stack, so that none can forget a point. Calls from elsewhere are no points. For tests only: it costs a stack each time.
 */
export const atCrashPoints = (points: CrashPoints): AroundPort => {
  const made = new WeakMap<object, object>();
  const around: AroundPort = (name, port) => {
    const earlier = made.get(port);
    if (earlier !== undefined) return earlier as typeof port;
    const proxy = new Proxy(port, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        if (typeof key !== "string") return member;
        const inner = nestedIn(name, key);
        if (inner !== undefined && typeof member === "object" && member !== null) return around(inner, member);
        if (typeof member !== "function") return member;
        if (inner !== undefined)
          return async (...given: unknown[]) => around(inner, (await Reflect.apply(member, target, given)) as object);
        const effect = effectNamed(name, key);
        if (effect === undefined) return member.bind(target);
        return (...given: unknown[]): unknown => {
          const useCase = callerOf(effect);
          const act = (): unknown => Reflect.apply(member, target, given);
          return useCase === undefined ? act() : reaching(points, `${useCase}/${effect}${whyOf(effect, given)}`, act);
        };
      },
    });
    made.set(port, proxy);
    return proxy;
  };
  return around;
};

async function reaching(points: CrashPoints, point: `${UseCaseName}/${string}`, act: () => unknown): Promise<unknown> {
  await points.reach(`${point}/before`);
  const answer = await act();
  await points.reach(`${point}/after`);
  return answer;
}

const nestedIn = (port: PortName, member: string): PortName | undefined => {
  const nested: Readonly<Record<string, Readonly<Record<string, PortName>>>> = NESTED;
  return nested[port]?.[member];
};

const effectNamed = (port: string, member: string): Effect | undefined => {
  const methods: Readonly<Record<string, Readonly<Record<string, string>>>> = PORT_METHODS;
  return methods[port]?.[member] === "effect" ? (`${port}.${member}` as Effect) : undefined;
};

/** One use case writes for more than one reason: the first journal entry says which. */
const whyOf = (effect: Effect, given: readonly unknown[]): "" | `(${string})` => {
  if (effect !== "WaveStore.write") return "";
  const [, , events] = given as [unknown, unknown, readonly { readonly event: string }[]];
  return `(${events[0]?.event ?? "nothing"})`;
};

/** Of this folder; a stack names a file by its URL or by its path. */
const FOLDERS = [new URL(".", import.meta.url).pathname].flatMap((folder) => [folder, decodeURI(folder)]);
const FILE = /^([a-z-]+)\.ts[:?]/;
const FRAMES = 30;
/** They act for those who call them. */
const BETWEEN: readonly string[] = [
  "at-crash-points",
  "decide-and-write",
  "look-again",
  "map-concurrently",
  "settle-all",
];

const fileOf = (frame: string): string | undefined => {
  const folder = FOLDERS.find((one) => frame.includes(one));
  return folder === undefined ? undefined : FILE.exec(frame.slice(frame.indexOf(folder) + folder.length))?.[1];
};

/** The use case that makes the effect: the nearest on the stack, also where it waits for what it called. */
function callerOf(effect: Effect): UseCaseName | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  const frames = (new Error().stack ?? "").split("\n");
  Error.stackTraceLimit = stackTraceLimit;
  const name = frames.map(fileOf).find((file) => file !== undefined && !BETWEEN.includes(file));
  if (name === undefined) return undefined;
  const known: Readonly<Record<string, readonly Effect[] | undefined>> = CRASH_POINTS;
  if (known[name]?.includes(effect) !== true)
    throw new Error(`${name} makes ${effect}, which use-cases/crash-point-list.ts does not name`);
  return name as UseCaseName;
}
