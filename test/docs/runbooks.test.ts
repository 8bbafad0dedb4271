import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { itemKey } from "#adapters/dynamodb/keys.ts";
import { packJson } from "#adapters/dynamodb/packed-json.ts";
import { liftOrder, planAclFence, removeByHand } from "#core/rights/acl-fence.ts";
import { HOLD_KINDS } from "#core/wave/holds.ts";
import { PHASES } from "#core/wave/lifecycle.ts";
import { FUNCTION_METRICS, WAVE_METRICS } from "#functions/metrics.ts";
import { onTopic } from "../core/rights/entries.ts";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/runbooks.md", root), "utf8");

/** The sections of one chapter, by name. */
const chapter = (name: string): ReadonlyMap<string, string> => {
  const body = text.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? "";
  return new Map(
    body
      .split(/^### /m)
      .slice(1)
      .map((section) => {
        const [title = "", ...lines] = section.split("\n");
        return [title, lines.join("\n")] as const;
      }),
  );
};
const PARTS = ["Means", "Look", "Do", "Way back"];
const sections = [...chapter("Phases"), ...chapter("Holds")];

describe("the runbooks", () => {
  it("have a section for every phase of the lifecycle, and for no other", () => {
    expect(PHASES.length).toBeGreaterThan(10);
    expect([...chapter("Phases").keys()].toSorted()).toEqual([...PHASES].toSorted());
  });

  it("have a section for every kind of hold, in the code's order", () => {
    expect(HOLD_KINDS.length).toBeGreaterThan(10);
    expect([...chapter("Holds").keys()]).toEqual([...HOLD_KINDS]);
  });

  it.each(sections)("%s: what it means, how to look, what to do, whether going back is possible", (_name, section) => {
    const parts = [...section.matchAll(/^- \*\*(.+?)\*\*: (.+)$/gm)];
    expect(parts.map(([, part]) => part)).toEqual(PARTS);
    for (const [, part, sentence] of parts) expect(sentence?.length, part).toBeGreaterThan(5);
  });

  it("link to sections that are there", () => {
    const titles = [...text.matchAll(/^##+ (.+)$/gm)].map(([, title = ""]) => title.toLowerCase().replaceAll(" ", "-"));
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect(titles).toContain(link);
  });

  it("name every metric that there is, and commands as the code writes them to the journal", () => {
    for (const metric of [...Object.keys(WAVE_METRICS), ...Object.keys(FUNCTION_METRICS)])
      expect(text).toContain(`\`${metric}\``);
    const fenceOf = (allowsEveryone: boolean) => {
      const plan = planAclFence({
        side: "source",
        entries: allowsEveryone
          ? ["ALTER", "DESCRIBE_CONFIGS"].map((operation) =>
              onTopic("User:admin", operation as "ALTER", "kafka-cluster", { resourceType: "CLUSTER" }),
            )
          : [onTopic("User:payment-api", "WRITE", "payments")],
        topics: ["payments"],
        mirrorPrincipal: "User:mirror-reverse",
        superUsers: [],
        allowsEveryone,
      });
      if ("because" in plan) throw new Error(plan.because);
      return liftOrder(plan).map((entry) => removeByHand(entry, ["kafka-old.example.com:9096"]));
    };
    const written = (marker: string): string[] => {
      const block = new RegExp(`<!-- ${marker}:begin -->\n([\\s\\S]*?)<!-- ${marker}:end -->`).exec(text)?.[1] ?? "";
      return [...block.matchAll(/^\s+(kafka-acls\.sh .+)$/gm)].map(([, line = ""]) =>
        line.replace("kafka-acls.sh", "kafka-acls"),
      );
    };
    expect(written("fence")).toEqual(fenceOf(false));
    expect(written("open-fence")).toEqual(fenceOf(true));
  });
});

const sourcesIn = (...folders: string[]): readonly string[] =>
  folders.flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && file !== "holds.ts")
      .map((file) => readFileSync(new URL(`${folder}/${file}`, root), "utf8")),
  );

describe("what the runbooks name", () => {
  it("is in the table where they say: the watermarks of a wave", () => {
    const key = itemKey({ migration: "shop", wave: "payments" }, "FACT", "watermarks");
    expect(text).toContain(JSON.stringify({ pk: { S: key.pk }, sk: { S: key.sk } }));
    expect(Object.keys(packJson("watermarks", {}))).toEqual(["content"]);
  });

  it("is in the code: journal events, fields, settings, metrics", () => {
    const code = sourcesIn("core", "use-cases", "functions").join("\n");
    const named = new Set([...text.matchAll(/`([a-zA-Z.]+)`/g)].map(([, name = ""]) => name.split(".").at(-1) ?? ""));
    const identifiers = [...named].filter((name) => /[a-z][A-Z]/.test(name));
    expect(identifiers.length).toBeGreaterThan(30);
    expect(identifiers.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
  });
});

describe("the kinds of hold", () => {
  const sources = sourcesIn("core/wave", "use-cases");

  it.each(HOLD_KINDS)("%s is made somewhere: a kind that nothing makes would have a runbook for nobody", (kind) => {
    expect(sources.some((source) => source.includes(`"${kind}"`))).toBe(true);
  });
});
