import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { refuseArguments } from "../core/invalid-args.ts";
import { TOKENS } from "../core/tokens.ts";
import type { AdmissionArgs } from "./args.ts";
import type { AdmissionPolicy, ActiveMode } from "./policy.ts";
import { POLICIES, POLICY_KEYS } from "./policies/index.ts";
import { renderClusterPolicy } from "./render-cluster-policy.ts";
import { renderNativeBinding, renderNativePolicy } from "./render-native.ts";
import { renderValidatingPolicy } from "./render-kyverno.ts";
import { validateAdmissionArgs } from "./validate-args.ts";

/**
 * Admission policies that the API server applies in addition to the rules of Kubernetes. The policies are
 * cluster-scoped and select namespaces by label, so the namespaces must exist first. Workloads come afterwards.
 */
export class Admission extends pulumi.ComponentResource {
  constructor(name: string, args: AdmissionArgs, opts?: pulumi.ComponentResourceOptions) {
    refuseArguments(`Admission "${name}"`, validateAdmissionArgs(args));
    super(TOKENS.Admission, name, {}, opts);

    const active = POLICY_KEYS.flatMap((key) => {
      const mode = args.modes[key];
      return mode === "off" ? [] : [{ policy: POLICIES[key](args), mode }];
    });
    for (const { policy, mode } of active) this.#create(name, policy, mode, args.engine);
    this.registerOutputs({ policies: active.map(({ policy, mode }) => `${policy.name}: ${mode}`) });
  }

  #create(name: string, policy: AdmissionPolicy, mode: ActiveMode, engine: AdmissionArgs["engine"]): void {
    const resource = `${name}-${policy.name.replace("llm-platform-", "")}`;
    if (engine !== "native") {
      const render = engine === "ValidatingPolicy" ? renderValidatingPolicy : renderClusterPolicy;
      new kubernetes.apiextensions.CustomResource(resource, render(policy, mode), { parent: this });
      return;
    }
    const created = new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(
      resource,
      renderNativePolicy(policy),
      { parent: this },
    );
    new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
      `${resource}-binding`,
      renderNativeBinding(policy, mode),
      { parent: this, dependsOn: [created] },
    );
  }
}
