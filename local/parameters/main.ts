/** A process of its own: clients follow their switches also while everything else of the control plane is down. */
import { z } from "zod";
import { parameterStore } from "./parameter-store.ts";

const settings = z
  .object({ SLUICE_PARAMETERS_PORT: z.coerce.number().int().min(1), SLUICE_PARAMETERS_FILE: z.string().min(1) })
  .parse(process.env);
const server = await parameterStore(settings.SLUICE_PARAMETERS_FILE);
server.listen(settings.SLUICE_PARAMETERS_PORT, "127.0.0.1");
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
