import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kafkaClasspath } from "#local/setup/jars.ts";
import { runQuietly } from "#local/setup/run-quietly.ts";

const tools = {
  topics: "org.apache.kafka.tools.TopicCommand",
  configs: "kafka.admin.ConfigCommand",
  offsets: "org.apache.kafka.tools.GetOffsetShell",
  groups: "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
  shareGroups: "org.apache.kafka.tools.consumer.group.ShareGroupCommand",
  shareConsumer: "org.apache.kafka.tools.consumer.ConsoleShareConsumer",
  features: "org.apache.kafka.tools.FeatureCommand",
  acls: "org.apache.kafka.tools.AclCommand",
  logDirs: "org.apache.kafka.tools.LogDirsCommand",
} as const;

export type ToolCommand = readonly [tool: keyof typeof tools, ...args: string[]];

/** What Kafka 4.1.2's own tools print, one text for each command. They take `properties` as their configuration. */
export async function runTools(
  commands: readonly ToolCommand[],
  properties: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-tools-"));
  try {
    const settings = join(directory, "client.properties");
    await writeFile(
      settings,
      Object.entries(properties)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(""),
    );
    const file = join(directory, "commands");
    await writeFile(
      file,
      commands
        .map(([tool, ...args]) =>
          [tools[tool], tool === "shareConsumer" ? "--consumer-config" : "--command-config", settings, ...args].join(
            "\t",
          ),
        )
        .join("\n"),
    );
    const output = await runQuietly(
      "java",
      [
        "-Xmx128m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Dorg.apache.logging.log4j.level=OFF",
        "-cp",
        await kafkaClasspath(),
        fileURLToPath(new URL("RunTools.java", import.meta.url)),
        file,
      ],
      directory,
    );
    const texts = output.split(/^### .*\n/m).slice(1);
    if (texts.length !== commands.length)
      throw new Error(`${commands.length} tools were run, and ${texts.length} printed`);
    return texts;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Cells of a table that a tool prints, by the names of its columns; several tables in a row have one kind of header. */
export function tableOf(text: string): readonly Readonly<Record<string, string>>[] {
  let header: readonly string[] = [];
  return text.split("\n").flatMap((line) => {
    const cells = line.trim().split(/\s+/);
    if (cells[0] === "GROUP") {
      header = cells;
      return [];
    }
    if (header.length === 0 || cells.length < 2) return [];
    return [Object.fromEntries(header.map((name, n) => [name, cells[n] ?? ""]))];
  });
}
