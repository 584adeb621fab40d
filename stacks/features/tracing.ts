import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { DatabaseConnection } from "../../components/core/connection.ts";
import type { Image } from "../../components/core/images.ts";
import type { Edge, Endpoint } from "../../components/core/network/endpoint.ts";
import type { PhoenixSecrets, TracingConsumer } from "../../components/phoenix/args.ts";
import { PHOENIX, phoenixEndpoints } from "../../components/phoenix/endpoints.ts";
import { Phoenix } from "../../components/phoenix/index.ts";
import { type Exposure, exposureEdges } from "../../components/core/workload/exposure.ts";
import { type ConfigProblem, fixCommand } from "../config-problem.ts";
import { deliveryOf } from "./delivery-schema.ts";
import { publicUrlOf, publicUrlProblems } from "./public-url.ts";
import { tracingSchema } from "./tracing-schema.ts";

export { tracingSchema };

export type TracingConfig = z.output<typeof tracingSchema>;

/** What this feature reads of a stack's configuration. */
export interface TracingConfigPart {
  readonly features: { readonly postgres: boolean };
  readonly tracing: TracingConfig;
}

/** What is wrong between the keys. Call it when the feature is on; exposures have their own rules besides. */
export function tracingProblems({ features, tracing }: TracingConfigPart): ConfigProblem[] {
  return [
    ...(features.postgres
      ? []
      : [
          {
            path: ["features", "postgres"],
            value: false,
            reason: "Phoenix keeps its traces in PostgreSQL (features.tracing is on)",
            fix: `${fixCommand(["features", "postgres"], "true")}  (or: ${fixCommand(["features", "tracing"], "false")})`,
          },
        ]),
    ...publicUrlProblems(["tracing"], tracing),
    ...chartProblems(tracing),
  ];
}

/** What the official chart does not have, and what it does not do. */
function chartProblems({ delivery, replicas, exposure }: TracingConfig): ConfigProblem[] {
  if (delivery === "manifests") return [];
  return [
    ...(replicas === 1
      ? []
      : [
          {
            path: ["tracing", "replicas"],
            value: replicas,
            reason:
              "pods of the official chart start at once, and each migrates the database (tracing.delivery is helm)",
            fix: `${fixCommand(["tracing", "replicas"], "1")}  (or: ${fixCommand(["tracing", "delivery"], "manifests")})`,
          },
        ]),
    ...(exposure.kind === "none"
      ? []
      : [
          {
            path: ["tracing", "exposure"],
            reason:
              "the official chart does not name the ports that an exposure opens (tracing.delivery is helm)",
            fix: fixCommand(["tracing", "delivery"], "manifests"),
          },
        ]),
  ];
}

/** What Phoenix stands on, and who sends to it. */
export interface TracingInputs {
  readonly namespace: string;
  readonly image: Image;
  readonly database: DatabaseConnection;
  readonly consumers: Readonly<Record<string, TracingConsumer>>;
  readonly secrets?: PhoenixSecrets;
  /** What `exposureOf` makes of the section. */
  readonly exposure: Exposure;
  readonly retain: boolean;
}

/** Phoenix as the configuration says. */
export function buildTracing(
  tracing: TracingConfig,
  inputs: TracingInputs,
  opts: pulumi.ComponentResourceOptions,
): Phoenix {
  const { retentionDays, metrics, replicas } = tracing;
  const publicUrl = publicUrlOf(tracing);
  return new Phoenix(
    PHOENIX,
    {
      ...inputs,
      delivery: deliveryOf(tracing),
      retentionDays,
      metrics,
      replicas,
      ...(publicUrl === undefined ? {} : { publicUrl }),
    },
    opts,
  );
}

/** The traffic that Phoenix needs; those who send to it say so themselves. */
export function tracingEdges(
  namespace: string,
  { database, exposure }: { readonly database: Endpoint | undefined; readonly exposure: Exposure },
): Edge[] {
  const { server } = phoenixEndpoints(namespace);
  return [
    ...(database === undefined ? [] : [{ from: server, to: database }]),
    ...exposureEdges(exposure, server),
  ];
}
