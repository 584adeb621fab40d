import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { RedisArgs } from "./args.ts";
import { consumerProblem } from "./consumers.ts";
import { channelProblem } from "./render-start.ts";

/** The minimum that leaves memory for data in addition to the server itself. */
export const LEAST_MEMORY_MI = 16;

/** During a rewrite the old and the new log exist, and the log can grow to twice its size before: in GiB. */
export function leastStorageGi(maxMemoryMi: number): number {
  return Math.ceil((3 * maxMemoryMi) / 1024);
}

/** Problems with the arguments of a server; empty if they are valid. */
export function validateRedisArgs(args: RedisArgs): ArgumentProblem[] {
  const problems = Object.entries(args.consumers).flatMap(([consumer, { channels = [] }]) => {
    const propertyPath = `consumers[${JSON.stringify(consumer)}]`;
    const problem = consumerProblem(consumer);
    return [
      ...(problem === undefined ? [] : [{ propertyPath, reason: problem }]),
      ...channels.flatMap((channel, index) => {
        const reason = channelProblem(channel);
        return reason === undefined
          ? []
          : [{ propertyPath: `${propertyPath}.channels[${String(index)}]`, reason }];
      }),
    ];
  });
  if (!Number.isInteger(args.maxMemoryMi) || args.maxMemoryMi < LEAST_MEMORY_MI) {
    problems.push({
      propertyPath: "maxMemoryMi",
      reason: `must be a whole number of MiB, at least ${LEAST_MEMORY_MI}`,
    });
  } else if (args.persistence !== undefined) {
    const least = leastStorageGi(args.maxMemoryMi);
    if (!Number.isInteger(args.persistence.storageGi) || args.persistence.storageGi < least) {
      problems.push({
        propertyPath: "persistence.storageGi",
        reason: `must be a whole number of GiB, at least ${least}: three times maxMemoryMi`,
      });
    }
  }
  return problems;
}
