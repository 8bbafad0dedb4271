import { MASKED, mayBeSecret } from "./secret-name.ts";

export type Facts = Readonly<Record<string, string>>;

type Told = string | number | boolean | undefined | readonly (string | undefined)[];

/** What was told, as texts; lists in their own order, and nothing that was left out. A name that may hold a secret is masked. */
export function factsOf(told: Readonly<Record<string, Told>>): Facts {
  const facts: Record<string, string> = {};
  for (const [name, value] of Object.entries(told)) {
    const text = typeof value === "object" ? value.filter((one) => one !== undefined).join(", ") : String(value ?? "");
    if (text !== "") facts[name] = mayBeSecret(name) ? MASKED : text;
  }
  return facts;
}
