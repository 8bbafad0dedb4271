import type { TickRequester } from "#use-cases/ports/deps.ts";
import { invokeLater, type LambdaFunction } from "./invoke-later.ts";

export const lambdaTickRequester = (to: LambdaFunction): TickRequester => ({
  requestTick: ({ migration, wave }) =>
    invokeLater(to, `asking for a tick of wave ${wave} of ${migration}`, { migration, wave }),
});
