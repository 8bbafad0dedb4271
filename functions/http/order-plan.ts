import { missingRole } from "#use-cases/missing-role.ts";
import { noMigration } from "#use-cases/read-migration.ts";
import type { Route } from "../api/contract.ts";
import type { PlanOrder } from "../commands/order.ts";
import { deployedToRead, planWorker } from "../wire.ts";
import { handedBack } from "./hand-over.ts";
import { type HttpHandler, routeHandler } from "./route-handler.ts";

const DEEDS = { propose: "proposing a plan", accept: "accepting a plan" } as const;

/** Who asks and whether they may is looked at here; what makes plans is a function of its own, whose response is this one's. */
export const orderPlan = <Body>(
  route: Route<{ migration: string }, undefined, Body>,
  does: PlanOrder["does"],
  hashIn: (body: Body) => string | undefined,
): HttpHandler =>
  routeHandler(
    route,
    async ({ path: { migration: name }, person, body, requestId }) => {
      const migration = await deployedToRead.migration(name);
      const barred =
        migration === undefined ? noMigration(name) : missingRole(migration, person, "operator", DEEDS[does]);
      if (barred !== undefined) return barred;
      const hash = hashIn(body);
      const order: PlanOrder = { migration: name, person, requestId, does, ...(hash !== undefined && { hash }) };
      return handedBack(await planWorker()(`${DEEDS[does]} of migration ${name}`, order));
    },
    deployedToRead,
  );
