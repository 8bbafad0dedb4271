import { proposePlanContract } from "../api/plan-commands.ts";
import { orderPlan } from "./order-plan.ts";

export const handler = orderPlan(proposePlanContract, "propose", () => undefined);
