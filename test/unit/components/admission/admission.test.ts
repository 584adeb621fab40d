import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { AdmissionArgs } from "../../../../components/admission/args.ts";
import { Admission } from "../../../../components/admission/index.ts";
import {
  NO_PARAMETERS,
  POLICIES,
  POLICY_KEYS,
  type PolicyKey,
} from "../../../../components/admission/policies/index.ts";
import type { Mode } from "../../../../components/admission/policy.ts";
import { renderClusterPolicy } from "../../../../components/admission/render-cluster-policy.ts";
import { renderValidatingPolicy } from "../../../../components/admission/render-kyverno.ts";
import { renderNativeBinding, renderNativePolicy } from "../../../../components/admission/render-native.ts";
import { validateAdmissionArgs } from "../../../../components/admission/validate-args.ts";
import { find, inventory, record, shown } from "../../../harness.ts";

const POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";
const BINDING = `${POLICY}Binding`;
const LABELS = {
  "app.kubernetes.io/name": "admission",
  "app.kubernetes.io/part-of": "llm-platform",
  "app.kubernetes.io/managed-by": "pulumi",
};
const MODES = {
  requireQueueName: "enforce",
  guardLabels: "enforce",
  pinnedImages: "audit",
  gatewayVersion: "off",
  tenantPods: "off",
  tenantObjects: "off",
} as const satisfies Record<PolicyKey, Mode>;
const ARGS: AdmissionArgs = {
  engine: "native",
  modes: MODES,
  queues: { "team-a": ["gpu", "batch"] },
  requireDigests: false,
  classes: {},
};

const recorded = (args: Partial<AdmissionArgs> = {}) =>
  record(() => new Admission("admission", { ...ARGS, ...args }));

describe("Admission", () => {
  it("is a policy and a binding for each that is on", async () =>
    expect(inventory(await recorded())).to.deep.equal([
      `${POLICY} admission-guard-labels`,
      `${POLICY} admission-pinned-images`,
      `${POLICY} admission-require-queue-name`,
      `${BINDING} admission-guard-labels-binding`,
      `${BINDING} admission-pinned-images-binding`,
      `${BINDING} admission-require-queue-name-binding`,
      "llm-platform:security:Admission admission",
    ]));

  it("is nothing with all off", async () => {
    const modes = Object.fromEntries(POLICY_KEYS.map((key) => [key, "off"])) as AdmissionArgs["modes"];
    expect(inventory(await recorded({ modes }))).to.deep.equal(["llm-platform:security:Admission admission"]);
  });

  it("binds after the policy is there", async () => {
    const recording = await recorded();
    expect(find(recording, BINDING, "admission-guard-labels-binding").dependencies).to.deep.equal([
      find(recording, POLICY, "admission-guard-labels").urn,
    ]);
  });

  it("is an object of Kyverno's for each, with Kyverno", async () => {
    for (const [engine, type] of [
      ["ValidatingPolicy", "kubernetes:policies.kyverno.io/v1:ValidatingPolicy"],
      ["ClusterPolicy", "kubernetes:kyverno.io/v1:ClusterPolicy"],
    ] as const) {
      expect(inventory(await recorded({ engine }))).to.deep.equal([
        `${type} admission-guard-labels`,
        `${type} admission-pinned-images`,
        `${type} admission-require-queue-name`,
        "llm-platform:security:Admission admission",
      ]);
    }
  });

  it("returns the policies in force", async () =>
    expect(find(await recorded(), "llm-platform:security:Admission", "admission").outputs).to.deep.equal({
      policies: [
        "llm-platform-require-queue-name: enforce",
        "llm-platform-guard-labels: enforce",
        "llm-platform-pinned-images: audit",
      ],
    }));

  const REFUSED: readonly [string, AdmissionArgs["queues"], string][] = [
    ["a namespace that is none", { Team_A: ["gpu"] }, 'queues["Team_A"]'],
    ["an empty name, which would do for a missing label", { "team-a": ["gpu", ""] }, 'queues["team-a"][1]'],
    ["a name that is no label", { "team-a": ["GPU'"] }, 'queues["team-a"][0]'],
  ];
  for (const [what, queues, path] of REFUSED) {
    it(`refuses ${what}`, () =>
      expect(validateAdmissionArgs({ queues }).map(({ propertyPath }) => propertyPath)).to.deep.equal([
        path,
      ]));
  }
  it("stops before anything is made", async () => {
    const error = await recorded({ queues: { "team-a": [""] } }).catch((caught: unknown) => caught);
    expect((error as pulumi.InputPropertiesError).errors).to.deep.equal([
      { propertyPath: 'queues["team-a"][0]', reason: "is not a valid name of a queue" },
    ]);
  });
});

describe("a native policy", () => {
  const guard = POLICIES.guardLabels();
  const queue = POLICIES.requireQueueName(ARGS);

  it("refuses what it cannot judge, as forbidden", () => {
    const { metadata, spec } = renderNativePolicy(guard);
    expect(metadata).to.deep.equal({ name: "llm-platform-guard-labels", labels: LABELS });
    expect(spec.failurePolicy).to.equal("Fail");
    expect(spec.validations.map(({ reason }) => reason)).to.deep.equal(["Forbidden"]);
  });

  it("has no conditions where there are none", () => {
    expect(renderNativePolicy(queue).spec).to.not.have.property("matchConditions");
    expect(renderNativePolicy(guard).spec.matchConditions).to.have.length(1);
  });

  for (const [mode, validationActions] of [
    ["enforce", ["Deny", "Audit"]],
    ["audit", ["Audit", "Warn"]],
  ] as const) {
    it(`is bound to ${mode}`, () =>
      expect(renderNativeBinding(queue, mode)).to.deep.equal({
        metadata: { name: "llm-platform-require-queue-name", labels: LABELS },
        spec: {
          policyName: "llm-platform-require-queue-name",
          validationActions,
          matchResources: { namespaceSelector: { matchLabels: { "llm-platform/kueue-managed": "true" } } },
        },
      }));
  }

  it("is bound to every namespace where it selects none", () =>
    expect(renderNativeBinding(guard, "enforce").spec).to.deep.equal({
      policyName: "llm-platform-guard-labels",
      validationActions: ["Deny", "Audit"],
    }));
});

describe("a policy for Kyverno", () => {
  for (const key of POLICY_KEYS) {
    const policy = POLICIES[key](ARGS);
    const native = renderNativePolicy(policy).spec;

    it(`has the expressions of the native one, except for the function that Kyverno lacks: ${key}`, () => {
      const { spec } = renderValidatingPolicy(policy, "enforce");
      const differing = spec.variables.filter(
        ({ expression }, index) => expression !== native.variables[index]?.expression,
      );
      expect(differing.map(({ name }) => name)).to.deep.equal(key === "guardLabels" ? ["mayRelabel"] : []);
      expect(spec.variables.map(({ name }) => name)).to.deep.equal(native.variables.map(({ name }) => name));
      expect(spec.validations).to.deep.equal(policy.validations);
      expect(spec.matchConstraints.resourceRules).to.deep.equal(native.matchConstraints.resourceRules);
      expect(spec.matchConditions).to.deep.equal(native.matchConditions);
    });

    it(`has them all as a rule of a ClusterPolicy: ${key}`, () => {
      const [rule] = renderClusterPolicy(policy, "enforce").spec.rules;
      expect(rule?.validate.cel.variables).to.deep.equal(native.variables);
      expect(rule?.validate.cel.expressions).to.deep.equal(policy.validations);
      expect(rule?.celPreconditions).to.deep.equal(native.matchConditions);
      expect(rule?.match.any).to.have.length(policy.rules.length);
    });
  }

  it("is checked only at admission, in its own webhook", () =>
    expect(renderValidatingPolicy(POLICIES.pinnedImages(ARGS), "audit").spec).to.deep.include({
      failurePolicy: "Fail",
      validationActions: ["Audit", "Warn"],
      evaluation: { admission: { enabled: true }, background: { enabled: false } },
      webhookConfiguration: { timeoutSeconds: 10 },
    }));

  it("denies when it is to enforce", () => {
    const policy = POLICIES.pinnedImages(ARGS);
    expect(renderValidatingPolicy(policy, "enforce").spec.validationActions).to.deep.equal(["Deny"]);
    const [strict, lenient] = (["enforce", "audit"] as const).map(
      (mode) => renderClusterPolicy(policy, mode).spec,
    );
    expect([strict?.rules[0]?.validate.failureAction, strict?.emitWarning]).to.deep.equal(["Enforce", false]);
    expect([lenient?.rules[0]?.validate.failureAction, lenient?.emitWarning]).to.deep.equal(["Audit", true]);
  });

  it("names kinds and subresources in a ClusterPolicy, and has none made of its own for pods' controllers", () => {
    const { metadata, spec } = renderClusterPolicy(POLICIES.requireQueueName(ARGS), "enforce");
    expect(metadata.annotations).to.deep.equal({ "pod-policies.kyverno.io/autogen-controllers": "none" });
    expect(spec.rules[0]?.match.any.map(({ resources }) => resources.kinds)).to.deep.equal([
      ["v1/Pod"],
      ["apps/v1/Deployment", "apps/v1/StatefulSet", "apps/v1/StatefulSet/status"],
      ["batch/v1/Job", "batch/v1/Job/status", "batch/v1/CronJob"],
      ["jobset.x-k8s.io/v1alpha2/JobSet"],
    ]);
  });

  it("checks existing violations and only admission requests, as a ClusterPolicy", () => {
    const { spec } = renderClusterPolicy(POLICIES.pinnedImages(ARGS), "enforce");
    expect(spec).to.deep.include({
      background: false,
      webhookConfiguration: { failurePolicy: "Fail", timeoutSeconds: 10 },
    });
    expect(spec.rules[0]?.validate.allowExistingViolations).to.equal(false);
  });

  it("refuses to name a kind that it does not know", () =>
    expect(() =>
      renderClusterPolicy(
        {
          ...POLICIES.guardLabels(),
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["leases"] }],
        },
        "enforce",
      ),
    ).to.throw("no kind is known of the resource leases"));
});

describe("the policies", () => {
  it("write every name as a text, whatever is in it", () => {
    const { variables } = POLICIES.requireQueueName({ ...NO_PARAMETERS, queues: { "it's": ["a\\b"] } });
    expect(variables.find(({ name }) => name === "queues")?.expression).to.equal(
      String.raw`dyn({'it\'s': ['a\\b']})[?variables.o.metadata.namespace].orValue([])`,
    );
  });

  it("describe what they require, with and without digests", () => {
    const messages = [false, true].map((requireDigests) =>
      POLICIES.pinnedImages({ ...NO_PARAMETERS, requireDigests }).validations.map(({ message }) => message),
    );
    expect(messages).to.deep.equal([
      ["an image without a digest whose tag is missing, or is not an exact version"],
      ["an image without a digest"],
    ]);
  });

  it("show their whole text in the cluster", async () =>
    expect(shown(find(await recorded(), POLICY, "admission-guard-labels"))).to.deep.equal({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      ...renderNativePolicy(POLICIES.guardLabels()),
    }));
});
