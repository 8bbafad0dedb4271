/** How a topic must look on the target while it is mirrored, and what the seal sets it to. */

const LONG_MAX = "9223372036854775807";

/** Create time and old records must survive the mirror: no time-stamp limits, nothing deleted before a lagging group read it. */
const WHILE_MIRRORED: Readonly<Record<string, string>> = {
  "message.timestamp.type": "CreateTime",
  "message.timestamp.after.max.ms": LONG_MAX,
  "message.timestamp.before.max.ms": LONG_MAX,
  "retention.ms": "-1",
  "retention.bytes": "-1",
};

/** Settings whose inherited value matters too: the two clusters' broker defaults may differ. */
export const INHERITED_MATTERS = [
  "cleanup.policy",
  "max.message.bytes",
  "retention.ms",
  "retention.bytes",
  "message.timestamp.type",
];

type Configs = ReadonlyMap<string, { readonly value: string | null; readonly isTopicLevel: boolean }>;

/** The topic-level settings that the target topic has in the end: the source's own, and what it inherits where that matters. */
export function ownSettings(source: Configs): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const [name, config] of source)
    if (config.value !== null && (config.isTopicLevel || INHERITED_MATTERS.includes(name)))
      settings[name] = config.value;
  return settings;
}

export const settingsWhileMirrored = (own: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  ...own,
  ...WHILE_MIRRORED,
});

/** What the seal writes: each setting that mirroring changed, back to its own value, or to none (null). */
export const settingsAtSeal = (own: Readonly<Record<string, string>>): Readonly<Record<string, string | null>> =>
  Object.fromEntries(Object.keys(WHILE_MIRRORED).map((name) => [name, own[name] ?? null]));
