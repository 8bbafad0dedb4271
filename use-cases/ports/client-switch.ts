import type { Side } from "#core/kafka/offset.ts";
import type { Client } from "#core/migration/migration.ts";

/** Moves a client in two halves; what it says is an order, believed only when its effect is seen. */
export interface ClientSwitch {
  stop(client: Client): Promise<void>;
  start(client: Client, side: Side): Promise<void>;
  /** What was last ordered. */
  position(client: Client): Promise<Side | "paused">;
}
