import { z } from "zod";
import { DEFAULT_MAX_CONNECTIONS } from "../../../components/postgres/connection-limits.ts";
import { OPERATOR_CHART } from "../../../components/postgres/cnpg/chart.ts";
import { apiServerSchema } from "../../schema/api-server.ts";
import { chartKeys } from "../../schema/chart.ts";
import { cidrSchema } from "../../schema/cidr.ts";
import { namespaceName, storageClass } from "../../schema/names.ts";

const port = z.int().min(1).max(65535);
const cidrs = z.array(cidrSchema("10.0.0.5/32")).default([]);

const operator = z
  .strictObject({
    install: z
      .boolean()
      .default(true)
      .describe(
        "Installs it. Turn it off if the Kubernetes cluster already has it, in version 1.30 or newer.",
      )
      .meta({ example: "false" }),
    namespace: namespaceName
      .default("cnpg-system")
      .describe("The operator's namespace.")
      .meta({ example: "cnpg-system" }),
    namespaceExists: z
      .boolean()
      .default(false)
      .describe(
        "Uses the existing namespace. The stack creates neither the Namespace nor network policies in it. Its owner must allow connections between the operator and the Kubernetes API, in both directions.",
      )
      .meta({ example: "true" }),
    ...chartKeys(OPERATOR_CHART),
  })
  .prefault({})
  .describe("The CloudNativePG operator.");

const cluster = z
  .strictObject({
    instances: z
      .int()
      .min(1)
      .max(9)
      .default(3)
      .describe("Number of pods: a primary and its standbys.")
      .meta({ example: "3" }),
    podMonitor: z
      .boolean()
      .default(false)
      .describe("Creates a PodMonitor, for a Kubernetes cluster with the Prometheus operator.")
      .meta({ example: "true" }),
    apiServer: apiServerSchema(
      "network policies: PostgreSQL's pods and the operator call it, and it calls the operator",
      "pods find",
    ),
    operator,
  })
  .prefault({})
  .describe("PostgreSQL in mode `cloudnativepg`.");

const database = z.strictObject({
  consumer: z.string().min(1).describe("The application that uses it.").meta({ example: "litellm" }),
  database: z.string().min(1).describe("The database's name.").meta({ example: "litellm" }),
  role: z.string().min(1).describe("The role's name.").meta({ example: "litellm" }),
  secret: z
    .strictObject({
      name: z.string().min(1).describe("The Secret's name.").meta({ example: "litellm-database" }),
      key: z
        .string()
        .min(1)
        .default("password")
        .describe("The password's key.")
        .meta({ example: "password" }),
    })
    .describe("The Secret with the role's password, in the consumer's namespace."),
});

const external = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .optional()
      .describe("The server's host name.")
      .meta({ example: "pg.example.org" }),
    port: port.default(5432).describe("The server's port.").meta({ example: "5432" }),
    cidrs: cidrs.describe("The server's addresses, because network policies do not support host names."),
    sslMode: z
      .enum(["disable", "require", "verify-full"])
      .default("verify-full")
      .describe("How clients protect their connections: libpq's `sslmode`.")
      .meta({ example: "require" }),
    storageGi: z
      .int()
      .min(1)
      .optional()
      .describe("Size of the server's storage, in GiB. Phoenix shows it; its official chart requires it.")
      .meta({ example: "100" }),
    databases: z
      .array(database)
      .default([])
      .describe(
        "What the server's administrator has created for each consumer: `consumer`, `database`, `role`, and `secret.name` and `secret.key` of the password in the consumer's namespace.",
      ),
  })
  .prefault({})
  .describe("PostgreSQL in mode `external`.");

/** How the stack gets PostgreSQL. Consumers get the same connections in every mode. */
export const postgresSchema = z
  .strictObject({
    mode: z
      .enum(["single", "cloudnativepg", "external"])
      .default("single")
      .describe(
        "`single`: one pod. `cloudnativepg`: a primary and standbys with failover and TLS. `external`: a server outside the cluster. A change of mode moves no data: docs/postgres.md.",
      )
      .meta({ example: "cloudnativepg" }),
    storageGi: z
      .int()
      .min(1)
      .max(65536)
      .default(10)
      .describe("Size of each volume, in GiB. It can grow, but not shrink.")
      .meta({ example: "20" }),
    storageClass: storageClass("volumes"),
    maxConnections: z
      .int()
      .min(20)
      .max(2000)
      .default(DEFAULT_MAX_CONNECTIONS)
      .describe(
        "In modes `single` and `cloudnativepg`: the most connections. Each consumer has its share of them, and cannot take more. Each connection needs memory.",
      )
      .meta({ example: "300" }),
    rolesRun: z
      .int()
      .min(0)
      .default(0)
      .describe(
        "In mode `single`: increase it to set the password of every role to the value of its Secret again, for example after a manual change in the database.",
      )
      .meta({ example: "1" }),
    cluster,
    external,
  })
  .prefault({})
  .describe("PostgreSQL.");

/** The checked section `postgres` of a stack's configuration. */
export type PostgresConfig = z.output<typeof postgresSchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly postgres: PostgresConfig;
  }
  interface Toggles {
    readonly postgres: boolean;
  }
  interface Credentials {
    readonly postgresSuperuser: string;
  }
}
