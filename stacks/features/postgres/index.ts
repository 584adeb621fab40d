import {
  clusterEdges,
  clusterEndpoints,
  operatorEndpoints,
} from "../../../components/postgres/cnpg/endpoints.ts";
import { POSTGRES, postgresEndpoints } from "../../../components/postgres/endpoints.ts";
import type { Feature, ImageName, Plan } from "../../feature.ts";
import { defined } from "../../given.ts";
import { imageOf } from "../../images.ts";
import { namespaceOf } from "../../namespace-of.ts";
import { buildPostgres, ownsNamespace, postgresAddress } from "./build.ts";
import { postgresProblems } from "./rules.ts";
import { postgresSchema } from "./schema.ts";

const OPERATOR_NAMESPACE = ["postgres", "cluster", "operator", "namespace"];

export const postgres: Feature<"postgres"> = {
  name: "postgres",
  schema: postgresSchema,
  toggle: { default: true, description: "The PostgreSQL server." },
  stage: "services",
  provides: "database",
  plan(config) {
    const data = namespaceOf(config, "data");
    const { mode, cluster, storageClass } = config.postgres;
    const single = postgresEndpoints(data);
    const instances = clusterEndpoints(data);
    const { operator } = cluster;
    const owns = ownsNamespace(operator);
    const service = (image: ImageName, kind: "StatefulSet" | "Cluster") => ({
      component: POSTGRES,
      namespace: data,
      address: postgresAddress(config.postgres, data),
      protocol: "tcp" as const,
      workload: { kind, name: POSTGRES },
      version: imageOf(config, image).tag,
    });
    const inData = { data: { namespace: data, retain: config.profile === "prod" } };
    const ofMode: Record<typeof mode, Plan> = {
      single: {
        namespaces: inData,
        images: ["postgres"],
        edges: [{ from: single.roles, to: single.server }],
        server: single.server,
        services: [service("postgres", "StatefulSet")],
      },
      cloudnativepg: {
        namespaces: {
          ...inData,
          ...(owns ? { "postgres-operator": { namespace: operator.namespace } } : {}),
        },
        namespaceKeys: { "postgres-operator": { path: OPERATOR_NAMESPACE } },
        existingNamespaces: owns ? [] : [{ path: OPERATOR_NAMESPACE, namespace: operator.namespace }],
        images: ["postgresCluster", ...(operator.install ? (["postgresOperator"] as const) : [])],
        installsChart: operator.install,
        edges: clusterEdges(data, { namespace: operator.namespace, isClosed: owns }, cluster.apiServer),
        server: instances.server,
        metrics: [instances.metrics],
        services: [service("postgresCluster", "Cluster")],
      },
      // The component itself creates the policies for outgoing connections.
      external: {},
    };
    return {
      workloads: [single, instances, operatorEndpoints(operator.namespace)].flatMap((each) =>
        Object.values(each),
      ),
      data: [{ path: ["postgres", "storageClass"], storageClass, isDatabase: true }],
      ...ofMode[mode],
    };
  },
  rules: (config, { users }) => postgresProblems(config, users("database")),
  build({ config, sources, users, opts }) {
    const { resource, connections } = buildPostgres(
      config.postgres,
      {
        namespace: namespaceOf(config, "data"),
        imageOf: (name) => imageOf(config, name),
        users: users("database"),
        retain: config.profile === "prod",
        ...defined({ superuser: sources.postgresSuperuser }),
      },
      opts,
    );
    return { resources: [resource], connections };
  },
};
