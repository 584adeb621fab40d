import { objectLabels } from "../core/labels.ts";
import {
  type AdmissionPolicy,
  type ActiveMode,
  type NamedExpression,
  type ResourceRule,
  textFor,
} from "./policy.ts";
import { ADMISSION } from "./render-native.ts";

/** A ClusterPolicy names kinds, not resources. */
const KINDS: Readonly<Record<string, string>> = {
  pods: "Pod",
  namespaces: "Namespace",
  deployments: "Deployment",
  statefulsets: "StatefulSet",
  daemonsets: "DaemonSet",
  jobs: "Job",
  cronjobs: "CronJob",
  jobsets: "JobSet",
  configmaps: "ConfigMap",
  secrets: "Secret",
  persistentvolumeclaims: "PersistentVolumeClaim",
};

/**
 * The policy for Kyverno before 1.17. JMESPath conditions need the whole name of a resource and so cannot match
 * `nvidia.com/mig-1g.10gb` (docs/references.md#kyverno-policy-kinds). CEL rules use the same expressions as the
 * other engines.
 */
export function renderClusterPolicy(policy: AdmissionPolicy, mode: ActiveMode) {
  const { namespaceSelector } = policy;
  return {
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: {
      name: policy.name,
      labels: objectLabels(ADMISSION),
      // The label is at a different place in each kind, so a rule generated from the rule on pods would be wrong.
      annotations: { "pod-policies.kyverno.io/autogen-controllers": "none" },
    },
    spec: {
      // A background scan has no caller, and the rules check the caller.
      background: false,
      emitWarning: mode === "audit",
      webhookConfiguration: { failurePolicy: "Fail", timeoutSeconds: 10 },
      rules: [
        {
          name: policy.name,
          match: {
            any: policy.rules.map((rule) => ({
              resources: {
                kinds: kindsOf(rule),
                operations: rule.operations,
                ...(namespaceSelector && { namespaceSelector }),
              },
            })),
          },
          ...(policy.matchConditions.length > 0 && {
            celPreconditions: policy.matchConditions.map(named),
          }),
          validate: {
            failureAction: mode === "audit" ? "Audit" : "Enforce",
            allowExistingViolations: false,
            cel: {
              variables: policy.variables.map(named),
              expressions: policy.validations,
            },
          },
        },
      ],
    },
  };
}

function kindsOf({ apiGroups, apiVersions, resources }: ResourceRule): string[] {
  return apiGroups.flatMap((group) =>
    apiVersions.flatMap((version) =>
      resources.map((resource) => {
        const [name = "", ...subresource] = resource.split("/");
        const kind = KINDS[name];
        if (kind === undefined) throw new Error(`no kind is known of the resource ${name}`);
        return [...(group === "" ? [] : [group]), version, kind, ...subresource].join("/");
      }),
    ),
  );
}

/** Kyverno compiles these rules like the API server does, `authorizer` included. */
function named({ name, expression }: NamedExpression) {
  return { name, expression: textFor("native", expression) };
}
