import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Copy, type Dockerfile, DockerfileParser, type Instruction } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { describe, expect, it } from "vitest";
import { metricsPort, restPort } from "#adapters/ecs/task-definition.ts";

const workers = join(import.meta.dirname, "../../workers");
const text = await readFile(join(workers, "Dockerfile"), "utf8");
const dockerfile: Dockerfile = DockerfileParser.parse(text);
const all = (keyword: string): Instruction[] =>
  dockerfile.getInstructions().filter((one) => one.getKeyword() === keyword);
const words = (one: Instruction): string[] => one.getArguments().map((argument) => argument.getValue());

describe("the worker's Dockerfile", () => {
  it("has nothing that a linter finds", () => {
    expect(validate(text).map(({ message, range }) => `${range.start.line + 1}: ${JSON.stringify(message)}`)).toEqual(
      [],
    );
    // It finds something where there is something.
    expect(validate(`${text}\nCOPPY a b\n`)).not.toEqual([]);
  });

  it("copies only what is there, from this folder or from a stage before", async () => {
    const stages = dockerfile.getFROMs().flatMap((from) => from.getBuildStage() ?? []);
    const copies = all("COPY") as Copy[];
    expect(copies.length).toBeGreaterThan(2);
    let seen = 0;
    for (const copy of copies) {
      const from = copy
        .getFlags()
        .find((flag) => flag.getName() === "from")
        ?.getValue();
      if (from !== undefined && from !== null) {
        expect(stages).toContain(from);
        continue;
      }
      for (const path of words(copy).slice(0, -1)) {
        expect((await stat(join(workers, path))).isFile(), path).toBe(true);
        seen += 1;
      }
    }
    expect(seen).toBe(4);
  });

  it("names exact versions of what it is made from", () => {
    const images = dockerfile.getFROMs().map((from) => from.getImage() ?? "");
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^[a-z]+:\d+\.\d+\.\d+-/);
  });

  it("is made of the versions that this machine's clusters and workers are tested with", async () => {
    const versions = async (pom: string) =>
      [...(await readFile(pom, "utf8")).matchAll(/<(kafka|log4j)\.version>([^<]+)</g)].map(([, name, version]) => [
        name,
        version,
      ]);
    const worker = await versions(join(workers, "pom.xml"));
    expect(worker).toHaveLength(2);
    expect(worker).toEqual(await versions(join(workers, "../local/setup/kafka-4.1.2/pom.xml")));
  });

  it("runs as nobody in particular, on the ports of the task definition, and as one process that gets the signals", () => {
    expect(all("USER").map(words)).toEqual([["10001:10001"]]);
    expect(all("EXPOSE").map(words)).toEqual([[String(restPort), String(metricsPort)]]);
    expect(all("ENTRYPOINT").map((one) => one.getArgumentsContent())).toEqual(['["/opt/sluice/start-connect.sh"]']);
  });

  it("puts the start script, its log's settings and its metrics' settings where the script looks for them", async () => {
    const script = await readFile(join(workers, "start-connect.sh"), "utf8");
    const placed = (all("COPY") as Copy[]).flatMap((copy) => {
      const given = words(copy);
      const folder = given.at(-1) ?? "";
      return given.slice(0, -1).map((path) => (path.startsWith("/") ? folder : join(folder, path)));
    });
    // `$here` is the script's own folder.
    for (const file of ["start-connect.sh", "log4j2.properties", "metrics.yaml"])
      expect(placed).toContain(`/opt/sluice/${file}`);
    expect(script).toContain("$here/log4j2.properties");
    expect(script).toContain("$here/metrics.yaml");
    expect(placed).toEqual(expect.arrayContaining(["/opt/kafka/libs", "/opt/kafka/metrics"]));
    expect(script).toContain("CONNECT_CLASSPATH:-/opt/kafka/libs/*");
    expect(script).toContain("/opt/kafka/metrics/jmx_prometheus_javaagent.jar");
    expect(text).toContain("/metrics/jmx_prometheus_javaagent.jar");
  });

  it("looks, while it is built, for every tool that the script calls", async () => {
    const looked = /for tool in ([a-z ]+); do/.exec(text)?.[1]?.split(" ") ?? [];
    const script = (await readFile(join(workers, "start-connect.sh"), "utf8"))
      .split("\n")
      .filter((line) => !line.trim().startsWith("#"))
      .join("\n");
    const called = ["cat", "curl", "dirname", "grep", "java", "mktemp", "rm", "sed", "sort", "tail", "tr"];
    for (const tool of called) expect(script, tool).toMatch(new RegExp(`(?:^|[\\s(|;])${tool} `, "m"));
    expect(looked.toSorted()).toEqual(["bash", ...called].toSorted());
    for (const other of ["awk", "cut", "head", "hostname", "jq", "python3", "wc", "xargs"])
      expect(script, other).not.toMatch(new RegExp(`(?:^|[\\s(|;])${other} `, "m"));
  });
});
