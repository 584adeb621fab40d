import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { SecretSource } from "../../components/core/credential/source.ts";
import { ETCD, etcdEdges as ownEdges, etcdEndpoints } from "../../components/etcd/endpoints.ts";
import { Etcd } from "../../components/etcd/index.ts";
import { leastStorageGi } from "../../components/etcd/validate-args.ts";
import type { Image } from "../../components/core/images.ts";
import type { Edge } from "../../components/core/network/endpoint.ts";
import type { Squash } from "../../components/core/workload/render-pod.ts";
import { etcdSchema } from "./etcd-schema.ts";
import { type ConfigProblem, fixCommand } from "../config-problem.ts";

export { etcdSchema };

/** What this feature reads of a stack's configuration. */
export interface EtcdConfigPart {
  readonly profile: "dev" | "prod";
  readonly etcd: z.output<typeof etcdSchema>;
}

/** The number of members that a stack wants. */
function memberCount({ profile, etcd }: EtcdConfigPart): 1 | 3 {
  return etcd.members ?? (profile === "prod" ? 3 : 1);
}

/** What is wrong between the keys of the section. Call it when the feature is on. */
export function etcdProblems({ etcd: { quotaGi, storageGi, users } }: EtcdConfigPart): ConfigProblem[] {
  const least = leastStorageGi(quotaGi);
  return [
    ...(storageGi >= least
      ? []
      : [
          {
            path: ["etcd", "storageGi"],
            value: storageGi,
            reason: `a database of ${quotaGi} GiB needs a volume of at least ${least} GiB: a copy of it, and the log`,
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
              reason: "is the name of another user, too",
              fix: fixCommand(["etcd", "users", index, "name"], `${name}-${index}`),
            },
          ],
    ),
  ];
}

/** The traffic that etcd needs: users' pods and the Job to the members, and members to each other. */
export function etcdEdges(config: EtcdConfigPart, namespace: string): Edge[] {
  const { server } = etcdEndpoints(namespace);
  return [
    ...ownEdges(namespace, memberCount(config)),
    ...config.etcd.users.map((each) => ({
      from: {
        outside: {
          namespace: each.namespace,
          podLabels: { "app.kubernetes.io/name": each.pods ?? each.name },
        },
      },
      to: server,
      ports: ["client"],
    })),
  ];
}

/** What the platform hands to this feature. */
export interface EtcdUpstream {
  readonly namespace: string;
  readonly image: Image;
  /** Python, for the Job that sets the users. */
  readonly scriptImage: Image;
  readonly squash?: Squash;
  /** Where passwords come from, by user, `root` included; generated where nothing is said. */
  readonly secrets?: Readonly<Record<string, SecretSource>>;
}

/** The cluster, with a connection a user. */
export function buildEtcd(
  config: EtcdConfigPart,
  { secrets = {}, ...upstream }: EtcdUpstream,
  opts: pulumi.ComponentResourceOptions,
): Etcd {
  const { quotaGi, storageGi, storageClass, users } = config.etcd;
  const { root } = secrets;
  return new Etcd(
    ETCD,
    {
      ...upstream,
      members: memberCount(config),
      quotaGi,
      storageGi,
      ...(storageClass === undefined ? {} : { storageClass }),
      retain: config.profile === "prod",
      users: Object.fromEntries(
        users.map(({ name, namespace }) => {
          const password = secrets[name];
          return [name, { namespace, ...(password === undefined ? {} : { password }) }];
        }),
      ),
      ...(root === undefined ? {} : { secrets: { root } }),
    },
    opts,
  );
}
