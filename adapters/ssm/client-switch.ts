import { GetParameterCommand, PutParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { callAws } from "#adapters/aws/call-aws.ts";
import { OperatorFault } from "#core/fault.ts";
import type { Client } from "#core/migration/migration.ts";
import * as z from "#core/schema.ts";
import type { ClientSwitch } from "#use-cases/ports/client-switch.ts";

const positionSchema = z.enum(["source", "paused", "target"]);
/** How long a parameter that was read counts as there, in ms. */
const KNOWN_MILLISECONDS = 600_000;
type Position = z.output<typeof positionSchema>;

/**
 * Clients that watch an SSM parameter of the values `source`, `paused` and `target`. Faults: an `OperatorFault` where the
 * parameter is missing, holds anything else or may not be used; a `RetryableFault` for throttling and an unreachable service.
 */
export const ssmClientSwitch = ({ client: ssm }: { readonly client: SSMClient }): ClientSwitch => {
  const seen = new Map<string, { readonly at: number; readonly value: string }>();
  const stored = async (client: Client): Promise<string> => {
    const Name = client.switch.ssm;
    try {
      const { Parameter } = await callAws(`reading parameter ${Name}`, () =>
        ssm.send(new GetParameterCommand({ Name })),
      );
      const value = Parameter?.Value ?? "";
      seen.set(Name, { at: Date.now(), value });
      return value;
    } catch (error) {
      if (error instanceof Error && /^ParameterNotFound/.test(error.name))
        throw new OperatorFault(
          `SSM parameter ${Name}, the switch of client ${client.name}, does not exist; expected source, paused or target in it: create it, let the client watch it, or correct the name in the migration file`,
          { cause: error },
        );
      throw error;
    }
  };

  const order = async (client: Client, position: Position): Promise<void> => {
    const Name = client.switch.ssm;
    // Writing creates a parameter that is missing, and a client that nobody told would never move. One that was seen a
    // moment ago, elsewhere than where it shall go, is not read again: within a freeze each call counts.
    const last = seen.get(Name);
    const isKnown = last !== undefined && Date.now() - last.at < KNOWN_MILLISECONDS && last.value !== position;
    if (!isKnown && (await stored(client)) === position) return;
    try {
      await callAws(`setting parameter ${Name} to ${position}`, () =>
        ssm.send(new PutParameterCommand({ Name, Value: position, Overwrite: true })),
      );
    } catch (error) {
      seen.delete(Name);
      // AWS refuses to change what is gone by now without saying so; reading says it.
      if (isKnown && (await stored(client)) === position) return;
      throw error;
    }
    seen.set(Name, { at: Date.now(), value: position });
  };

  return {
    stop: (client) => order(client, "paused"),
    start: (client, side) => order(client, side),
    async position(client) {
      const value = await stored(client);
      const parsed = positionSchema.safeParse(value);
      if (parsed.success) return parsed.data;
      throw new OperatorFault(
        `SSM parameter ${client.switch.ssm}, the switch of client ${client.name}, holds ${JSON.stringify(value.slice(0, 80))}; expected source, paused or target: set it to where the client is now`,
      );
    },
  };
};
