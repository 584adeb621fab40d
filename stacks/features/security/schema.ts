import { z } from "zod";
import { NO_PARAMETERS, POLICIES, type PolicyKey } from "../../../components/admission/policies/index.ts";
import { LABEL } from "../../../components/core/names.ts";
import { namespaceName } from "../../schema/names.ts";
import { kyvernoSchema } from "./kyverno-schema.ts";

const mode = (usual: "off" | "enforce", what: string) =>
  z
    .enum(["off", "audit", "enforce"])
    .default(usual)
    .describe(`${what} \`audit\` admits the request and warns.`)
    .meta({ example: "audit" });

const policy = (key: PolicyKey) => {
  const { description } = POLICIES[key](NO_PARAMETERS);
  return mode("enforce", description);
};

/** The section `security` of a stack's configuration. */
export const securitySchema = z
  .strictObject({
    engine: z
      .enum(["native", "kyverno"])
      .default("native")
      .describe(
        "What enforces the policies: the API server itself, or Kyverno, which the stack installs. `signedImages` needs Kyverno.",
      )
      .meta({ example: "kyverno" }),
    policies: z
      .strictObject({
        requireQueueName: policy("requireQueueName"),
        guardLabels: policy("guardLabels"),
        pinnedImages: policy("pinnedImages"),
        gatewayVersion: policy("gatewayVersion"),
        tenantPods: policy("tenantPods"),
        tenantObjects: policy("tenantObjects"),
        signedImages: mode("off", "The platform's images run only as their publishers signed them."),
      })
      .prefault({})
      .describe("How strict each policy is (docs/admission.md)."),
    requireDigests: z
      .boolean()
      .default(false)
      .describe(
        "`pinnedImages` refuses an image without a digest, too, of the platform and of tenants. `make pin-images` comes first.",
      )
      .meta({ example: "true" }),
    queues: z
      .record(
        namespaceName,
        z.array(z.string().regex(LABEL, "the name of a LocalQueue").meta({ example: "gpu" })).min(1),
      )
      .default({})
      .describe(
        "The LocalQueues of namespaces that share GPUs and that the stack does not create, by namespace. `requireQueueName` accepts only these queues.",
      ),
    kyverno: kyvernoSchema,
  })
  .prefault({})
  .describe("Admission policies: the requests that the API server rejects (docs/admission.md).");

export type SecurityConfig = z.output<typeof securitySchema>;

declare module "../../feature.ts" {
  interface Sections {
    readonly security: SecurityConfig;
  }
  interface Toggles {
    readonly security: boolean;
  }
}
