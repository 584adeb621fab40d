import type * as pulumi from "@pulumi/pulumi";
import type { DatabaseConnection } from "../../../components/core/connection.ts";
import type { Image } from "../../../components/core/images.ts";
import type { PhoenixSecrets, TracingConsumer } from "../../../components/phoenix/args.ts";
import { PHOENIX } from "../../../components/phoenix/endpoints.ts";
import { Phoenix } from "../../../components/phoenix/index.ts";
import type { Exposure } from "../../../components/core/workload/exposure.ts";
import { publicUrlOf } from "../../rules/public-url.ts";
import { deliveryOf } from "../../schema/delivery.ts";
import type { TracingConfig } from "./schema.ts";

/** The dependencies of Phoenix, and the senders of traces. */
export interface TracingInputs {
  readonly namespace: string;
  readonly image: Image;
  readonly database: DatabaseConnection;
  readonly consumers: Readonly<Record<string, TracingConsumer>>;
  readonly secrets?: PhoenixSecrets;
  /** The result of `exposureOf` for the section. */
  readonly exposure: Exposure;
  readonly retain: boolean;
}

/** Creates Phoenix from the configuration. */
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
