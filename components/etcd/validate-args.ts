import type { ArgumentProblem } from "../core/invalid-args.ts";
import type { EtcdArgs } from "./args.ts";
import { userProblem } from "./users.ts";

/** etcd itself warns above this size: a member then takes minutes to start. */
export const MOST_QUOTA_GI = 8;

/** Space for the database, for the copy that a leader sends to a member that is behind, and for the log: in GiB. */
export function leastStorageGi(quotaGi: number): number {
  return 2 * quotaGi + 1;
}

/** Problems with the arguments of a cluster; empty if they are valid. */
export function validateEtcdArgs(args: EtcdArgs): ArgumentProblem[] {
  const problems: ArgumentProblem[] = Object.keys(args.users).flatMap((user) => {
    const reason = userProblem(user);
    return reason === undefined ? [] : [{ propertyPath: `users[${JSON.stringify(user)}]`, reason }];
  });
  if (![1, 3].includes(args.members)) {
    problems.push({
      propertyPath: "members",
      reason: "must be 1 or 3: a cluster of two stops as soon as one member fails",
    });
  }
  if (!Number.isInteger(args.quotaGi) || args.quotaGi < 1 || args.quotaGi > MOST_QUOTA_GI) {
    problems.push({
      propertyPath: "quotaGi",
      reason: `must be a whole number of GiB, 1 to ${MOST_QUOTA_GI}`,
    });
  } else if (!Number.isInteger(args.storageGi) || args.storageGi < leastStorageGi(args.quotaGi)) {
    problems.push({
      propertyPath: "storageGi",
      reason: `must be a whole number of GiB, at least ${leastStorageGi(args.quotaGi)} for this quotaGi`,
    });
  }
  return problems;
}
