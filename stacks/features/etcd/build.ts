import type * as pulumi from "@pulumi/pulumi";
import type { SecretSource } from "../../../components/core/credential/source.ts";
import type { Image } from "../../../components/core/images.ts";
import type { Edge } from "../../../components/core/network/endpoint.ts";
import type { Squash } from "../../../components/core/workload/render-pod.ts";
import { ETCD, etcdEdges as ownEdges, etcdEndpoints } from "../../../components/etcd/endpoints.ts";
import { Etcd } from "../../../components/etcd/index.ts";
import type { EtcdConfig } from "./schema.ts";

/** The part of a stack's configuration that this feature reads. */
export interface EtcdConfigPart {
  readonly profile: "dev" | "prod";
  readonly etcd: EtcdConfig;
}

/** The number of members of a stack. */
function memberCount({ profile, etcd }: EtcdConfigPart): 1 | 3 {
  return etcd.members ?? (profile === "prod" ? 3 : 1);
}

/** The connections that etcd needs: from users' pods and the Job to the members, and between members. */
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

/** The arguments from the platform. */
export interface EtcdUpstream {
  readonly namespace: string;
  readonly image: Image;
  /** Python, for the Job that sets the users. */
  readonly scriptImage: Image;
  readonly squash?: Squash;
  /** Sources of passwords by user, including `root`. @default generated */
  readonly secrets?: Readonly<Record<string, SecretSource>>;
}

/** The cluster, with one connection per user. */
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
