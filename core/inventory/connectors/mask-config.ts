/** The type that a plugin's own description gives one of its settings; undefined where none is known. */
export type TypeOf = (key: string) => string | undefined;

export type MaskedConfig = {
  readonly config: Readonly<Record<string, string>>;
  /** What was taken out, to be taken out of traces too; never to be stored. */
  readonly secrets: readonly string[];
};

/**
 * A connector's settings without secrets. A value stands only where its setting is known to hold none: its plugin's description
 * gives it another type than PASSWORD, or it is one of Connect's or a Kafka client's own; and where neither its name nor the
 * value itself looks like a secret, since a URL with a password in it is a STRING to Connect. References stay: they name secrets.
 */
export function maskConfig(config: Readonly<Record<string, string>>, typeOf: TypeOf): MaskedConfig {
  const secrets = new Set<string>();
  const masked = Object.entries(config).map(([key, value]) => {
    const references = value.match(REFERENCE) ?? [];
    const rest = value.replaceAll(REFERENCE, "");
    if (rest.trim() === "" || !isSecret(key, rest, typeOf(key))) return [key, value] as const;
    for (const secret of secretsIn(rest)) secrets.add(secret);
    return [key, references.length === 0 ? MASK : `${MASK}, with ${references.join(" ")}`] as const;
  });
  return { config: Object.fromEntries(masked), secrets: [...secrets] };
}

export const MASK = "masked";
/** `${provider:path:key}`: whoever has the configuration still needs the provider. */
const REFERENCE = /\$\{[A-Za-z_][\w.-]*:[^{}]*\}/g;

function isSecret(key: string, value: string, type: string | undefined): boolean {
  if (type === "PASSWORD" || SECRET_NAME.test(key) || looksSecret(value)) return true;
  if (type !== undefined || CONNECTS_OWN.test(key) || CLIENTS_OWN.test(key)) return false;
  // Of what nobody describes only what is too short to be one.
  return !/^(?:true|false|-?\d{1,9})$/i.test(value.trim());
}

const SECRET_NAME =
  /pass|pwd|secret|token|credential|jaas|signature|salt|cookie|authorization|private|user\.?info|connection[._-]?string|(?:api|access|account|admin|auth|customer|encrypt(?:ion)?|function|license|master|sas|session|shared|signing|storage|subscription)[._-]?key|keystore\.(?:key|certificate)/i;

const looksSecret = (value: string): boolean => SECRET_VALUES.some((pattern) => pattern.test(value));
const SECRET_VALUES = [
  /:\/\/[^/\s@]+@/,
  /(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|(?:api|access|account|shared)[._-]?key|sig(?:nature)?)["']?\s*[=:]\s*\S/i,
  /-----BEGIN/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\./,
  /^\s*(?:basic|bearer)\s+\S/i,
];

const CONNECTS_OWN =
  /^(?:name|connector\.class|tasks\.max(?:\.enforce)?|(?:key|value|header)\.converter|config\.action\.reload|topics(?:\.regex)?|transforms|predicates|(?:transforms|predicates)\.[^.]+\.(?:type|predicate|negate)|errors\.[a-z.]+|topic\.creation\.[\w.-]+|exactly\.once\.support|transaction\.boundary(?:\.interval\.ms)?|offsets\.storage\.topic)$/;
const CLIENTS_OWN =
  /(?:^|\.)(?:bootstrap\.servers|security\.protocol|sasl\.mechanism|group\.id|client\.id|client\.rack|acks|compression\.type|isolation\.level|auto\.offset\.reset|enable\.idempotence)$/;

/** The whole value, and the quoted and assigned parts in which a sign-in's text has its password. */
function secretsIn(value: string): readonly string[] {
  const parts = [
    value,
    ...[...value.matchAll(/"([^"]+)"/g)].map(([, part]) => part),
    ...[...value.matchAll(/[=:]\s*([^\s"';,&]+)/g)].map(([, part]) => part),
    ...[...value.matchAll(/:\/\/([^/\s@]+)@/g)].flatMap(([, part]) => [part, part?.split(":").slice(1).join(":")]),
  ];
  return parts.filter((part): part is string => part !== undefined && part.length >= SHORTEST_SECRET);
}

/** Anything shorter stands in a trace by chance. */
const SHORTEST_SECRET = 4;

const MOST_OF_A_LINE = 300;

/** What happened, and what it came from: the first line of a stack trace and the last of its causes, without secrets. */
export function shortTrace(trace: string, secrets: readonly string[]): string {
  const lines = trace.split("\n").map((line) => line.trim());
  const cause = lines.findLast((line) => line.startsWith("Caused by: "));
  return [lines[0], cause === lines[0] ? undefined : cause]
    .filter((line) => line !== undefined)
    .map((line) => withoutSecrets(line, secrets).slice(0, MOST_OF_A_LINE))
    .join("; ");
}

function withoutSecrets(line: string, secrets: readonly string[]): string {
  const masked = secrets
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, MASK), line);
  // A worker that resolved a reference may tell what it found: then only the kind of fault is kept.
  return looksSecret(masked) ? `${/^(?:Caused by: )?[\w.$]+/.exec(masked)?.[0] ?? ""}: ${MASK}` : masked;
}
