import { acceptPlanContract } from "../api/plan-commands.ts";
import { orderPlan } from "./order-plan.ts";

export const handler = orderPlan(acceptPlanContract, "accept", ({ hash }) => hash);
