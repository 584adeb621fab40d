// Small charts of this project that replace official charts, because no package registry has them. They read the same values.
import { join } from "node:path";

/** By application: the folder of the chart. */
export const STAND_INS = {
  litellm: join(import.meta.dirname, "litellm"),
  phoenix: join(import.meta.dirname, "phoenix"),
} as const;

/** Whether a chart is one of them. */
export function isStandIn(chart: string): boolean {
  return Object.values<string>(STAND_INS).includes(chart);
}
