import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ssmClientSwitch } from "#adapters/ssm/client-switch.ts";
import { type Moto, startMoto } from "#local/processes/start-moto.ts";
import { migration } from "../../in-memory/migration.ts";
import { clientSwitchContract } from "./client-switch.contract.ts";

let directory: string;
let moto: Moto | undefined;
let ssm: SSMClient;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-ssm-"));
  moto = await startMoto({ name: "moto-estate", directory, region: "eu-west-1" });
  ssm = new SSMClient({
    region: "eu-west-1",
    endpoint: moto.url,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  ssm?.destroy();
  await moto?.process.stop();
  await rm(directory, { recursive: true, force: true });
});

const example = migration().waves[0]?.clients[0];
if (example === undefined) throw new Error("the example has no client");
const clientOf = (parameter: string) => ({ ...example, switch: { ssm: parameter } });
const valueOf = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value;
const given = (Name: string, Value: string) => ssm.send(new PutParameterCommand({ Name, Value, Type: "String" }));

describe("a client's switch in an SSM parameter", () => {
  clientSwitchContract(async () => {
    await given("/promised/cluster", "source");
    return { clientSwitch: ssmClientSwitch({ client: ssm }), client: clientOf("/promised/cluster") };
  });

  it("orders stop and start, and knows what was last ordered; an order given twice is one", async () => {
    await given("/payments/cluster", "source");
    const moved = clientOf("/payments/cluster");
    const clients = ssmClientSwitch({ client: ssm });
    expect(await clients.position(moved)).toBe("source");
    await clients.stop(moved);
    await clients.stop(moved);
    expect(await valueOf("/payments/cluster")).toBe("paused");
    expect(await clients.position(moved)).toBe("paused");
    await clients.start(moved, "target");
    expect(await valueOf("/payments/cluster")).toBe("target");
    await clients.start(moved, "source");
    expect(await clients.position(moved)).toBe("source");
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/payments/cluster" }));
    expect(Parameter?.Version).toBe(4);
  });

  it("names a parameter that does not exist, and does not create it", async () => {
    const clients = ssmClientSwitch({ client: ssm });
    const lost = clientOf("/payments/clutser");
    const fault = {
      name: "OperatorFault",
      message: expect.stringMatching(/\/payments\/clutser.*client api.*create it/),
    };
    await expect(clients.stop(lost)).rejects.toMatchObject(fault);
    await expect(clients.start(lost, "target")).rejects.toMatchObject(fault);
    await expect(clients.position(lost)).rejects.toMatchObject(fault);
    await expect(valueOf("/payments/clutser")).rejects.toMatchObject({ name: "ParameterNotFound" });
  });

  it("orders again what somebody else has changed meanwhile", async () => {
    await given("/shared/cluster", "source");
    const clients = ssmClientSwitch({ client: ssm });
    const moved = clientOf("/shared/cluster");
    await clients.stop(moved);
    await ssm.send(new PutParameterCommand({ Name: "/shared/cluster", Value: "source", Overwrite: true }));
    await clients.stop(moved);
    expect(await valueOf("/shared/cluster")).toBe("paused");
  });

  it("names a value that is no position, yet can be ordered away from it", async () => {
    await given("/odd/cluster", "both");
    const clients = ssmClientSwitch({ client: ssm });
    await expect(clients.position(clientOf("/odd/cluster"))).rejects.toMatchObject({
      name: "OperatorFault",
      message: expect.stringMatching(/\/odd\/cluster.*"both".*source, paused or target/),
    });
    await clients.start(clientOf("/odd/cluster"), "source");
    expect(await clients.position(clientOf("/odd/cluster"))).toBe("source");
  });
});
