/**
 * One text for one value: keys sorted, undefined members left out, bigint as a decimal string. Equal values give equal
 * text whatever the order they were built in, so texts can be hashed and compared.
 * Throws a TypeError for what JSON would lose or turn into something else (NaN, Map, Set, Date, functions).
 */
export const canonicalJson = (value: unknown): string => {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return JSON.stringify(value.toString());
  if (typeof value === "number") {
    // JSON.stringify would write null, and the reader would take "not measured" for a measurement.
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form; expected a finite number`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && isPlain(value))
    return `{${Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
      .join(",")}}`;
  // JSON.stringify writes a Map or a Set as {}, losing all of it without a word.
  throw new TypeError(`${describe(value)} has no JSON form; expected plain objects, lists, strings and numbers`);
};

/** The value as it will be read back: bigint as strings, undefined members gone. */
export const storedForm = (value: unknown): unknown => JSON.parse(canonicalJson(value));

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const describe = (value: unknown): string =>
  typeof value === "object" && value !== null ? `a ${value.constructor.name}` : `a value of type ${typeof value}`;
