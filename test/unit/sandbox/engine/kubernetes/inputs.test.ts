import { expect } from "chai";
import { withName } from "../../../../../sandbox/engine/kubernetes/autonaming.ts";
import { checkInputs } from "../../../../../sandbox/engine/kubernetes/check.ts";
import { fieldManagerOf } from "../../../../../sandbox/engine/kubernetes/field-manager.ts";
import { toObject } from "../../../../../sandbox/engine/kubernetes/inputs.ts";
import {
  checkOptions,
  parseOptions,
  withSecretKubeconfig,
} from "../../../../../sandbox/engine/kubernetes/options.ts";
import { lastLiveOf, toOutputs } from "../../../../../sandbox/engine/kubernetes/outputs.ts";
import type { Target } from "../../../../../sandbox/engine/kubernetes/place.ts";
import { parseType } from "../../../../../sandbox/engine/kubernetes/types.ts";
import { Secret, unknown } from "../../../../../sandbox/engine/shared/property-values.ts";
import type { PropertyMap } from "../../../../../sandbox/engine/shared/property-values.ts";
import type { CheckRequest } from "../../../../../sandbox/engine/shared/provider.ts";

function request(inputs: PropertyMap, more: Partial<CheckRequest> = {}): CheckRequest {
  return {
    urn: "urn:pulumi:dev::p::kubernetes:core/v1:ConfigMap::config",
    type: "kubernetes:core/v1:ConfigMap",
    name: "config",
    inputs,
    oldInputs: {},
    randomSeed: new Uint8Array([1, 2, 3]),
    autonaming: undefined,
    ...more,
  };
}

describe("engine: kubernetes types", () => {
  const types: [token: string, apiVersion: string, kind: string][] = [
    ["kubernetes:core/v1:Pod", "v1", "Pod"],
    ["kubernetes:apps/v1:Deployment", "apps/v1", "Deployment"],
    ["kubernetes:rbac.authorization.k8s.io/v1:Role", "rbac.authorization.k8s.io/v1", "Role"],
    ["kubernetes:example.com/v1beta1:Thing", "example.com/v1beta1", "Thing"],
  ];
  for (const [token, apiVersion, kind] of types) {
    it(`reads ${token}`, () => expect(parseType(token)).to.deep.equal({ apiVersion, kind }));
  }
  for (const token of [
    "kubernetes:helm.sh/v4:Chart",
    "kubernetes:yaml/v2:ConfigGroup",
    "kubernetes:kustomize/v2:Directory",
  ]) {
    it(`refuses ${token}`, () => expect(() => parseType(token)).to.throw(`does not support ${token}`));
  }
  it("refuses what is no type of the package", () => {
    expect(() => parseType("kubernetes:Pod")).to.throw("not a type");
    expect(() => parseType("random:index/v1:Pod")).to.throw("not a type");
  });
});

describe("engine: kubernetes inputs as objects", () => {
  it("unwrap secrets and drop nulls", () => {
    const inputs = {
      kind: "ConfigMap",
      data: new Secret({ a: new Secret("1"), b: null }),
      list: [{ c: null }],
    };
    expect(toObject(inputs)).to.deep.equal({ kind: "ConfigMap", data: { a: "1" }, list: [{}] });
  });

  it("send stringData as data, where it wins", () => {
    const inputs = {
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "eA==", b: "eQ==" },
      stringData: { b: "ü" },
    };
    expect(toObject(inputs)).to.deep.equal({
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "eA==", b: "w7w=" },
    });
  });

  it("spell x-kubernetes fields of definitions, and of nothing else", () => {
    const schema = { x_kubernetes_int_or_string: true, items: [{ x_kubernetes_validations: [] }] };
    const crd = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", schema };
    const spelled = { "x-kubernetes-int-or-string": true, items: [{ "x-kubernetes-validations": [] }] };
    expect(toObject(crd)).to.deep.equal({ ...crd, schema: spelled });
    const other = { apiVersion: "v1", kind: "ConfigMap", schema };
    expect(toObject(other)).to.deep.equal(other);
  });

  it("refuse unknowns rather than send them", () => {
    expect(() => toObject({ data: { a: unknown } })).to.throw("unknown value");
  });
});

describe("engine: kubernetes outputs", () => {
  const live = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "login",
      managedFields: [{ manager: "x" }],
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    },
    data: { password: "eA==" },
  };

  it("hide a Secret's data and kubectl's copy of it, also when no input is marked", () => {
    const outputs = toOutputs(live, { apiVersion: "v1", kind: "Secret", data: { password: "eA==" } }, "me");
    expect(outputs["data"]).to.deep.equal(new Secret({ password: "eA==" }));
    expect(JSON.stringify(outputs["metadata"])).to.include('"value":"{}"');
    expect(JSON.stringify(outputs["metadata"])).not.to.include("managedFields");
  });

  it("are secret where the inputs are", () => {
    const deployment = {
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { list: [{ a: "s3cret" }], replicas: 1 },
    };
    const outputs = toOutputs(
      deployment,
      { spec: { list: [{ a: new Secret("s3cret") }], replicas: 1 } },
      "me",
    );
    expect(outputs["spec"]).to.deep.equal({ list: new Secret([{ a: "s3cret" }]), replicas: 1 });
  });

  it("give the last live object back", () => {
    const outputs = toOutputs(
      live,
      { kind: "Secret", apiVersion: "v1", stringData: new Secret({ password: "x" }) },
      "me",
    );
    expect(lastLiveOf(outputs)).to.deep.include({
      kind: "Secret",
      data: { password: "eA==" },
      stringData: undefined,
    });
    expect(lastLiveOf({})).to.equal(undefined);
  });
});

describe("engine: kubernetes names", () => {
  const nameOf = (inputs: PropertyMap) => (inputs["metadata"] as { name?: string }).name;

  it("come from the logical name and the seed", () => {
    const first = withName({}, request({}));
    expect(nameOf(first)).to.match(/^config-[0-9a-f]{8}$/);
    expect(first["metadata"]).to.deep.include({ annotations: { "pulumi.com/autonamed": "true" } });
    expect(withName({}, request({}))).to.deep.equal(first);
    expect(nameOf(withName({}, request({}, { randomSeed: new Uint8Array([9]) })))).not.to.equal(
      nameOf(first),
    );
  });

  it("stay those of the last update, and annotations stay too", () => {
    const oldInputs = { metadata: { name: "config-1234", annotations: { "pulumi.com/autonamed": "true" } } };
    const named = withName({ metadata: { annotations: { a: "b" } } }, request({}, { oldInputs }));
    expect(named["metadata"]).to.deep.equal({
      name: "config-1234",
      annotations: { a: "b", "pulumi.com/autonamed": "true" },
    });
  });

  it("are new when the old one was given by the program", () => {
    const named = withName({}, request({}, { oldInputs: { metadata: { name: "given" } } }));
    expect(nameOf(named))
      .to.match(/^config-/)
      .and.not.equal("given");
  });

  it("are the program's where it gives one, also one that is not known yet", () => {
    for (const inputs of [
      { metadata: { name: "mine" } },
      { metadata: { name: unknown } },
      { metadata: unknown },
    ]) {
      expect(withName(inputs, request(inputs))).to.equal(inputs);
    }
  });

  it("follow the engine's autonaming", () => {
    const propose = { proposedName: "dev-config", mode: "propose" } as const;
    expect(nameOf(withName({}, request({}, { autonaming: propose })))).to.equal("dev-config");
    const disable = { proposedName: "", mode: "disable" } as const;
    expect(() => withName({}, request({}, { autonaming: disable }))).to.throw("metadata.name must be set");
  });

  it("and the field manager are derived from the URN until they are in the state", () => {
    const manager = fieldManagerOf("urn:a", {}, {});
    expect(manager)
      .to.match(/^pulumi-kubernetes-[0-9a-f]{8}$/)
      .and.not.equal(fieldManagerOf("urn:b", {}, {}));
    expect(fieldManagerOf("urn:b", {}, { __fieldManager: manager })).to.equal(manager);
  });
});

describe("engine: kubernetes check", () => {
  const target = (namespaced: boolean | undefined): Target => {
    const find = () => Promise.resolve(namespaced === undefined ? undefined : { namespaced });
    return { defaultNamespace: "team", cluster: { discovery: { find } } } as unknown as Target;
  };
  const metadata = { name: "config" };

  it("fills in the namespace of namespaced kinds only, and none for a kind that is not there yet", async () => {
    const namespaceFor = async (namespaced: boolean | undefined) =>
      (await checkInputs(target(namespaced), request({ metadata }))).inputs["metadata"];
    expect(await namespaceFor(true)).to.deep.equal({ ...metadata, namespace: "team" });
    expect(await namespaceFor(false)).to.deep.equal(metadata);
    expect(await namespaceFor(undefined)).to.deep.equal(metadata);
  });

  it("does not change a namespace that is given or not known yet", async () => {
    for (const namespace of ["mine", unknown]) {
      const { inputs } = await checkInputs(target(true), request({ metadata: { ...metadata, namespace } }));
      expect(inputs["metadata"]).to.deep.equal({ ...metadata, namespace });
    }
  });

  it("marks a Secret's data as secret", async () => {
    const inputs = { metadata, data: { a: "eA==" }, stringData: new Secret({ b: "x" }) };
    const checked = await checkInputs(target(false), request(inputs, { type: "kubernetes:core/v1:Secret" }));
    expect(checked.inputs["data"]).to.deep.equal(new Secret({ a: "eA==" }));
    expect(checked.inputs["stringData"]).to.deep.equal(new Secret({ b: "x" }));
  });

  const refusals: [what: string, type: string, inputs: PropertyMap, reason: string][] = [
    ["patch resources", "NamespacePatch", { kind: "Namespace" }, "does not support patch resources"],
    ["a kind that is not the type's", "Namespace", { kind: "Pod" }, "its type says Namespace"],
    ["lists", "ConfigMapList", { kind: "ConfigMapList", items: [] }, "one resource for each element"],
    [
      "replaceUnready on anything but a Job",
      "ConfigMap",
      { metadata: { annotations: { "pulumi.com/replaceUnready": "true" } } },
      "works for Jobs only",
    ],
    [
      "a waitFor that it could not wait for",
      "ConfigMap",
      { metadata: { annotations: { "pulumi.com/waitFor": "soon" } } },
      "pulumi.com/waitFor",
    ],
    ["generateName", "ConfigMap", { metadata: { generateName: "x-" } }, "server-side apply"],
  ];
  for (const [what, kind, inputs, reason] of refusals) {
    it(`refuses ${what}`, async () => {
      const result = await checkInputs(target(true), request(inputs, { type: `kubernetes:core/v1:${kind}` }));
      expect(result.failures?.[0]?.reason).to.include(reason);
    });
  }
});

describe("engine: kubernetes options", () => {
  it("are rejected if they are unknown or unsupported", () => {
    const failures = checkOptions({
      enableServerSideApply: "false",
      renderYamlToDirectory: "out",
      typo: "x",
      enablePatchForce: "true",
      deleteUnreachable: "false",
      kubeconfig: unknown,
    });
    expect(failures.map(({ property }) => property)).to.deep.equal([
      "enableServerSideApply",
      "renderYamlToDirectory",
      "typo",
    ]);
  });

  it("come as texts, flags and JSON texts", () => {
    const options = parseOptions({
      enablePatchForce: "true",
      enableSecretMutable: true,
      upsertExistingObjects: "false",
      context: "",
    });
    expect(options).to.deep.include({
      enablePatchForce: true,
      enableSecretMutable: true,
      upsertExistingObjects: false,
      context: undefined,
    });
  });

  it("hide the contents of a kubeconfig, not its path", () => {
    for (const contents of ["apiVersion: v1\nclusters: []", ' {"clusters": []}']) {
      expect(withSecretKubeconfig({ kubeconfig: contents })["kubeconfig"]).to.deep.equal(
        new Secret(contents),
      );
    }
    expect(withSecretKubeconfig({ kubeconfig: "/home/me/config" })["kubeconfig"]).to.equal("/home/me/config");
  });
});
