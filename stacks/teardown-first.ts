import type { Functions } from "./functions.ts";
import type { Stage } from "./read-stage.ts";
import type { Schedules } from "./schedules.ts";
import type { Storage } from "./storage.ts";
import type { Workers } from "./workers.ts";

type With = { readonly home: Workers; readonly times: Schedules; readonly store: Storage; readonly code: Functions };

/**
 * Removing a stage begins here, since it depends on what it needs: what the control plane made at run time goes first. While
 * a wave is active the command fails, and with it the removal, before anything is gone.
 */
export async function teardownFirst({ place, root }: Stage, { home, times, store, code }: With) {
  // Loaded here: SST reads the config once before it has Pulumi's packages.
  const { local } = await import("@pulumi/command");
  new local.Command(
    "Teardown",
    {
      create: "true",
      delete: `npm run -s teardown -- --stage ${place.stage} --region ${place.region}`,
      dir: root,
      interpreter: ["/bin/sh", "-c"],
    },
    {
      dependsOn: [
        home.cluster,
        home.executionRole,
        home.taskRole,
        times.deadlines,
        store.table,
        code.named("timer-tick-active-waves"),
      ],
    },
  );
}
