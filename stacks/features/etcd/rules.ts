import { leastStorageGi } from "../../../components/etcd/validate-args.ts";
import { type ConfigProblem, fixCommand } from "../../config-problem.ts";
import type { EtcdConfig } from "./schema.ts";

/** The problems between the keys of the section, if the feature is on. */
export function etcdProblems({
  etcd: { quotaGi, storageGi, users },
}: {
  readonly etcd: EtcdConfig;
}): ConfigProblem[] {
  const least = leastStorageGi(quotaGi);
  return [
    ...(storageGi >= least
      ? []
      : [
          {
            path: ["etcd", "storageGi"],
            value: storageGi,
            reason: `a database of ${quotaGi} GiB needs a volume of at least ${least} GiB, because it also holds a copy of the database and the log`,
            fix: fixCommand(["etcd", "storageGi"], String(least)),
          },
        ]),
    ...users.flatMap(({ name }, index) =>
      users.findIndex((other) => other.name === name) === index
        ? []
        : [
            {
              path: ["etcd", "users", index, "name"],
              value: name,
              reason: "is already the name of another user",
              fix: fixCommand(["etcd", "users", index, "name"], `${name}-${index}`),
            },
          ],
    ),
  ];
}
