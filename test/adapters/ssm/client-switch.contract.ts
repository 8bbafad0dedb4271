import { expect, it } from "vitest";
import type { Client } from "#core/migration/migration.ts";
import type { ClientSwitch } from "#use-cases/ports/client-switch.ts";

/** What every switch must do with a client that was on the source. */
export const clientSwitchContract = (
  lab: () => Promise<{ readonly clientSwitch: ClientSwitch; readonly client: Client }>,
): void =>
  it("by contract orders stop and start, and knows what was last ordered; an order given twice is one", async () => {
    const { clientSwitch, client } = await lab();
    expect(await clientSwitch.position(client)).toBe("source");
    await clientSwitch.stop(client);
    await clientSwitch.stop(client);
    expect(await clientSwitch.position(client)).toBe("paused");
    await clientSwitch.start(client, "target");
    await clientSwitch.start(client, "target");
    expect(await clientSwitch.position(client)).toBe("target");
    await clientSwitch.start(client, "source");
    expect(await clientSwitch.position(client)).toBe("source");
  });
