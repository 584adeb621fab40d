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
};

/**
 * The policy for Kyverno before 1.17. Its conditions in JMESPath look a resource up by its whole name, and cannot say
 * `nvidia.com/mig-1g.10gb` (policy-engines.md §3); a rule in CEL takes the very expressions of the others.
 */
export function renderClusterPolicy(policy: AdmissionPolicy, mode: ActiveMode) {
  const { namespaceSelector } = policy;
  return {
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: {
      name: policy.name,
      labels: objectLabels(ADMISSION),
      // Each kind has its own rule about where its label is: none is made from that of pods.
      annotations: { "pod-policies.kyverno.io/autogen-controllers": "none" },
    },
    spec: {
      // A scan has no caller, and the rules ask who calls.
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

/** Its rules are compiled as the API server's are, `authorizer` included. */
function named({ name, expression }: NamedExpression) {
  return { name, expression: textFor("native", expression) };
}
