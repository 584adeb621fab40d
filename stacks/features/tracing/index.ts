import * as pulumi from "@pulumi/pulumi";
import { serviceHost } from "../../../components/core/connection.ts";
import {
  PHOENIX,
  PHOENIX_ADMIN,
  PHOENIX_PORT,
  phoenixEndpoints,
  phoenixService,
} from "../../../components/phoenix/endpoints.ts";
import { DEFAULT_CONNECTIONS } from "../../../components/postgres/connection-limits.ts";
import { exposureOf } from "../../exposure.ts";
import type { Feature } from "../../feature.ts";
import { defined, required } from "../../given.ts";
import { imageOf } from "../../images.ts";
import { namespaceOf } from "../../namespace-of.ts";
import { buildTracing } from "./build.ts";
import { tracingProblems } from "./rules.ts";
import { tracingSchema } from "./schema.ts";

const ADMINISTRATOR_SENDS =
  "the gateway sends its traces with the key of Phoenix's administrator: set secrets.phoenixTracesKey (docs/operations.md)";

export const tracing: Feature<"tracing"> = {
  name: "tracing",
  schema: tracingSchema,
  toggle: { default: true, description: "Tracing of language models, Phoenix." },
  stage: "services",
  provides: "traces",
  plan(config) {
    const namespace = namespaceOf(config, "tracing");
    const { delivery, exposure: section, metrics } = config.tracing;
    const endpoints = phoenixEndpoints(namespace);
    const { server } = endpoints;
    return {
      namespaces: { tracing: { namespace, retain: config.profile === "prod" } },
      workloads: Object.values(endpoints),
      images: ["phoenix"],
      installsChart: delivery === "helm",
      server,
      uses: [
        {
          of: "database",
          name: PHOENIX,
          namespace,
          callers: [server],
          credential: "postgresPhoenix",
          connections: config.tracing.replicas * DEFAULT_CONNECTIONS,
          needs: "to-start",
          required: "Phoenix stores its traces in PostgreSQL",
        },
      ],
      exposed: {
        path: ["tracing", "exposure"],
        config: section,
        exposure: exposureOf(section, config.ingressController),
        server,
      },
      metrics: metrics ? [endpoints.metrics] : [],
      services: [
        {
          component: PHOENIX,
          namespace,
          address: `${serviceHost(phoenixService(delivery), namespace)}:${PHOENIX_PORT}`,
          protocol: "http",
          workload: { kind: delivery === "helm" ? "Deployment" : "StatefulSet", name: PHOENIX },
          version: imageOf(config, "phoenix").tag,
        },
      ],
    };
  },
  rules: tracingProblems,
  build({ config, sources, users, connection, opts }) {
    const namespace = namespaceOf(config, "tracing");
    const { phoenixSecret: secret, phoenixSystemKey: systemKey, phoenixAdmin: adminPassword } = sources;
    const tracesKey = sources.phoenixTracesKey;
    if (config.profile === "prod" && tracesKey === undefined) void pulumi.log.warn(ADMINISTRATOR_SENDS);
    const built = buildTracing(
      config.tracing,
      {
        namespace,
        image: imageOf(config, "phoenix"),
        database: required(connection("database", PHOENIX), PHOENIX),
        consumers: Object.fromEntries(
          Object.entries(users("traces")).map(([name, user]) => [
            name,
            { namespace: user.namespace, projectName: user.projectName },
          ]),
        ),
        secrets: defined({ secret, systemKey, tracesKey, adminPassword }),
        exposure: exposureOf(config.tracing.exposure, config.ingressController),
        retain: config.profile === "prod",
      },
      opts,
    );
    return {
      resources: [built],
      connections: built.connections,
      secrets: {
        phoenixAdminPassword: { namespace, ref: built.admin.secret, service: PHOENIX, user: PHOENIX_ADMIN },
      },
    };
  },
};
