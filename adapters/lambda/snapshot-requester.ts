import type { SnapshotRequester } from "#use-cases/ports/snapshot-requester.ts";
import { invokeLater, type LambdaFunction } from "./invoke-later.ts";

export const lambdaSnapshotRequester = (to: LambdaFunction): SnapshotRequester => ({
  requestSnapshot: ({ migration, side, goesOn }) =>
    invokeLater(to, `asking for a snapshot of the ${side} of ${migration}`, {
      migration,
      side,
      ...(goesOn === undefined ? {} : { goesOn }),
    }),
});
