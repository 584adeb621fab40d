import { serviceHost } from "../../../components/core/connection.ts";
import { ETCD, ETCD_PORT, etcdEndpoints } from "../../../components/etcd/endpoints.ts";
import type { Feature } from "../../feature.ts";
import { defined } from "../../given.ts";
import { imageOf } from "../../images.ts";
import { namespaceOf } from "../../namespace-of.ts";
import { userPodProblems } from "../../rules/user-pods.ts";
import { squashFor } from "../../squash.ts";
import { buildEtcd, etcdEdges } from "./build.ts";
import { etcdProblems } from "./rules.ts";
import { etcdSchema } from "./schema.ts";

export const etcd: Feature<"etcd"> = {
  name: "etcd",
  schema: etcdSchema,
  toggle: { default: false, description: "The etcd cluster." },
  stage: "services",
  plan(config) {
    const data = namespaceOf(config, "data");
    const endpoints = etcdEndpoints(data);
    return {
      namespaces: { data: { namespace: data, retain: config.profile === "prod" } },
      workloads: Object.values(endpoints),
      images: ["etcd", "python"],
      edges: etcdEdges(config, data),
      metrics: [endpoints.metrics],
      data: [{ path: ["etcd", "storageClass"], storageClass: config.etcd.storageClass, isDatabase: true }],
      services: [
        {
          component: ETCD,
          namespace: data,
          address: `${serviceHost(ETCD, data)}:${ETCD_PORT}`,
          protocol: "tcp",
          workload: { kind: "StatefulSet", name: ETCD },
          version: imageOf(config, "etcd").tag,
        },
      ],
    };
  },
  rules: (config, { workloads }) => [
    ...etcdProblems(config),
    ...userPodProblems(["etcd", "users"], config.etcd.users, workloads),
  ],
  build({ config, sources, opts }) {
    const built = buildEtcd(
      config,
      {
        namespace: namespaceOf(config, "data"),
        image: imageOf(config, "etcd"),
        scriptImage: imageOf(config, "python"),
        ...defined({ squash: squashFor(config, config.etcd.storageClass) }),
        secrets: defined({ root: sources.etcdRoot }),
      },
      opts,
    );
    return { resources: [built] };
  },
};
