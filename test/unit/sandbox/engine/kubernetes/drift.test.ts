import { expect } from "chai";
import { driftedInputs } from "../../../../../sandbox/engine/kubernetes/drift.ts";
import { keepIgnored } from "../../../../../sandbox/engine/kubernetes/ignore-changes.ts";
import { importedInputs } from "../../../../../sandbox/engine/kubernetes/import.ts";
import type { JsonMap, KubeObject } from "../../../../../sandbox/kubernetes/json.ts";
import { leftovers, removalPatch } from "../../../../../sandbox/engine/kubernetes/leftovers.ts";
import { sameElement } from "../../../../../sandbox/engine/kubernetes/managed-fields.ts";
import { Secret } from "../../../../../sandbox/engine/shared/property-values.ts";
import type { PropertyMap } from "../../../../../sandbox/engine/shared/property-values.ts";

const ME = "pulumi-kubernetes-00000000";

/** managedFields for one manager: a nested map of field names, `{}` at the leaves, list keys as `k:{…}`. */
function owner(manager: string, fields: JsonMap, operation = "Update"): JsonMap {
  const encode = (map: JsonMap): JsonMap =>
    Object.fromEntries(
      Object.entries(map).map(([key, value]) => [
        /^k:|^\.$/.test(key) ? key : `f:${key}`,
        encode(value as JsonMap),
      ]),
    );
  return { manager, operation, fieldsV1: encode(fields) };
}

const WEB = 'k:{"name":"web"}';
const ours = owner(
  ME,
  {
    spec: {
      replicas: {},
      template: {
        spec: { containers: { [WEB]: { name: {}, image: {}, resources: { limits: { cpu: {} } } } } },
      },
    },
  },
  "Apply",
);

/** What the program says, and what the server made of it. */
const inputs: PropertyMap = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { tier: "front" } },
  spec: {
    replicas: 2,
    template: {
      spec: { containers: [{ name: "web", image: "web:1", resources: { limits: { cpu: "1000m" } } }] },
    },
  },
};
const container = {
  name: "web",
  image: "web:1",
  resources: { limits: { cpu: "1" } },
  imagePullPolicy: "IfNotPresent",
};

function deployment(
  spec: JsonMap = {},
  containers: JsonMap[] = [container],
  owners: JsonMap[] = [],
): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "web",
      labels: { tier: "front" },
      resourceVersion: "7",
      managedFields: [ours, ...owners],
    },
    spec: { replicas: 2, revisionHistoryLimit: 10, template: { spec: { containers } }, ...spec },
  };
}
const last = deployment();
const drift = (live: KubeObject) => driftedInputs(inputs, last, live);
const specOf = (map: PropertyMap) => map["spec"] as Record<string, unknown>;
const withContainers = (...containers: PropertyMap[]): PropertyMap => ({
  ...inputs,
  spec: { replicas: 2, template: { spec: { containers } } },
});
const given = { name: "web", image: "web:1", resources: { limits: { cpu: "1000m" } } };

describe("engine: kubernetes drift", () => {
  it("is none where only the server's spelling and defaults differ from the inputs", () => {
    expect(drift(deployment())).to.deep.equal(inputs);
  });

  it("is a field of the inputs that anybody changed, controllers included", () => {
    for (const manager of ["kubectl", "kube-controller-manager"]) {
      const live = deployment(
        { replicas: 5 },
        [container],
        [{ ...owner(manager, { spec: { replicas: {} } }), subresource: "scale" }],
      );
      expect(specOf(drift(live))["replicas"]).to.equal(5);
    }
  });

  it("is a removed field of the inputs", () => {
    const live = deployment({}, [{ ...container, resources: { limits: {} } }]);
    expect(drift(live)).to.deep.equal(withContainers({ ...given, resources: { limits: {} } }));
  });

  it("is a default that a person changed, and not one without an owner", () => {
    const changed = { revisionHistoryLimit: 1 };
    const byHand = owner("kubectl-edit", { spec: { revisionHistoryLimit: {} } });
    expect(specOf(drift(deployment(changed, [container], [byHand])))["revisionHistoryLimit"]).to.equal(1);
    expect(drift(deployment(changed))).to.deep.equal(inputs);
  });

  it("is an added container, at any index", () => {
    const evil = { name: "evil", image: "evil:1" };
    const byHand = owner("curl", {
      spec: { template: { spec: { containers: { 'k:{"name":"evil"}': { ".": {}, name: {} } } } } },
    });
    const live = deployment({}, [evil, container], [byHand]);
    expect(drift(live)).to.deep.equal(withContainers(given, evil));
  });

  it("is what an update of ours left that was cut short", () => {
    const fields = { spec: { template: { spec: { containers: { 'k:{"name":"new"}': {} } } } } };
    const live = deployment({}, [container, { name: "new" }], [owner(ME, fields, "Apply")]);
    expect(drift(live)).to.deep.equal(withContainers(given, { name: "new" }));
  });

  it("is no container that a webhook had injected before, nor what a controller adds", () => {
    const sidecar = { name: "mesh", image: "mesh:1" };
    const fields = { spec: { template: { spec: { containers: { 'k:{"name":"mesh"}': {} } } } } };
    const injected = deployment({}, [container, sidecar], [owner("webhook", fields)]);
    expect(driftedInputs(inputs, injected, injected)).to.deep.equal(inputs);
    const byController = deployment({}, [container, sidecar], [owner("mesh-operator", fields)]);
    expect(drift(byController)).to.deep.equal(inputs);
  });

  it("is no foreign label", () => {
    const live = deployment(
      {},
      [container],
      [owner("kubectl-label", { metadata: { labels: { team: {} } } })],
    );
    (live["metadata"] as JsonMap)["labels"] = { tier: "front", team: "blue" };
    expect(drift(live)).to.deep.equal(inputs);
  });

  it("is the whole of a list that has no keys", () => {
    const policy = (rules: JsonMap[]): KubeObject => ({
      kind: "NetworkPolicy",
      metadata: { name: "p" },
      spec: { ingress: rules },
    });
    const program = { kind: "NetworkPolicy", spec: { ingress: [{ ports: [{ port: 80 }] }] } };
    const defaulted = { ports: [{ port: 80, protocol: "TCP" }] };
    expect(driftedInputs(program, policy([defaulted]), policy([defaulted]))).to.deep.equal(program);
    const opened = driftedInputs(program, policy([defaulted]), policy([defaulted, {}]));
    expect(opened["spec"]).to.deep.equal({ ingress: [defaulted, {}] });
  });

  it("matches list elements by the keys that the inputs give: a port without its protocol", () => {
    const fields = owner(
      ME,
      { spec: { ports: { 'k:{"port":80,"protocol":"TCP"}': { port: {} } } } },
      "Apply",
    );
    const service = (nodePort: number): KubeObject => ({
      kind: "Service",
      metadata: { name: "s", managedFields: [fields] },
      spec: { ports: [{ port: 80, protocol: "TCP", nodePort }] },
    });
    const program = { kind: "Service", spec: { ports: [{ port: 80 }] } };
    expect(driftedInputs(program, service(1), service(1))).to.deep.equal(program);
  });

  it("matches no element that the inputs give no key for", () => {
    expect(sameElement(["name"], {}, { name: "a" })).to.equal(false);
    expect(sameElement(["name"], { name: "a" }, { name: "a", x: 1 })).to.equal(true);
  });

  it("stays secret, in data and in stringData", () => {
    const secret = (password: string, more: JsonMap = {}): KubeObject => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", managedFields: [owner("kubectl", { data: { more: {} } })] },
      data: { password: Buffer.from(password).toString("base64"), ...more },
    });
    const program = { apiVersion: "v1", kind: "Secret", stringData: new Secret({ password: "old" }) };
    const result = driftedInputs(program, secret("old"), secret("new"));
    expect(result["stringData"]).to.deep.equal(new Secret({ password: "new" }));
    const inData = { apiVersion: "v1", kind: "Secret", data: new Secret({ password: "b2xk" }) };
    const added = driftedInputs(inData, secret("old"), secret("old", { more: "eA==" }));
    expect(added["data"]).to.deep.equal(new Secret({ password: "b2xk", more: "eA==" }));
  });
});

describe("engine: kubernetes left-overs of an apply", () => {
  const evil = { name: "evil", image: "evil:1" };
  const fields = { spec: { template: { spec: { containers: { 'k:{"name":"evil"}': { name: {} } } } } } };
  const before = withContainers(given, evil);
  const path = ["spec", "template", "spec", "containers", 0];

  it("are what a person owns and the inputs do not have any more", () => {
    const live = deployment({}, [evil, container], [owner("kubectl-patch", fields)]);
    expect(leftovers(before, inputs, live, ME)).to.deep.equal([path]);
  });

  it("are not fields that a controller owns, that have no owner, or that were never in the inputs", () => {
    const live = (manager: string) => deployment({}, [evil, container], [owner(manager, fields)]);
    expect(leftovers(before, inputs, live("kube-controller-manager"), ME)).to.deep.equal([]);
    expect(leftovers(before, inputs, live(ME), ME)).to.deep.equal([]);
    expect(leftovers(inputs, inputs, live("kubectl-patch"), ME)).to.deep.equal([]);
  });

  it("are removed inner ones first, the last of a list first, and from the version that was looked at", () => {
    const live = { metadata: { resourceVersion: "7" } };
    const patch = removalPatch(
      [["spec", "list", 0], ["spec", "list", 10], ["spec", "list", 9, "a/b~c"], ["data"]],
      live,
    );
    expect(patch).to.deep.equal([
      { op: "test", path: "/metadata/resourceVersion", value: "7" },
      { op: "remove", path: "/spec/list/9/a~1b~0c" },
      { op: "remove", path: "/spec/list/10" },
      { op: "remove", path: "/spec/list/0" },
      { op: "remove", path: "/data" },
    ]);
  });
});

describe("engine: kubernetes ignoreChanges", () => {
  const object = {
    spec: {
      replicas: 2,
      containers: [
        { name: "a", image: "1" },
        { name: "b", image: "1" },
      ],
    },
  };
  const live = {
    spec: {
      replicas: 5,
      containers: [
        { name: "b", image: "2" },
        { name: "a", image: "3" },
      ],
    },
  };
  it("keeps the live value", () => {
    expect(keepIgnored(object, live, ["spec.replicas"])).to.deep.equal({
      spec: { ...object.spec, replicas: 5 },
    });
  });
  it("finds named elements at their index in the live list", () => {
    const images = (paths: string[]) =>
      (keepIgnored(object, live, paths) as typeof object).spec.containers.map(({ image }) => image);
    expect(images(["spec.containers[0].image"])).to.deep.equal(["3", "1"]);
    expect(images(["spec.containers[*].image"])).to.deep.equal(["3", "2"]);
  });
  it("does not change what the object or the cluster does not have", () => {
    expect(keepIgnored(object, live, ["spec.other", "data"])).to.deep.equal(object);
    expect(keepIgnored(object, { spec: {} }, ["spec.replicas"])).to.deep.equal(object);
  });
});

describe("engine: kubernetes import", () => {
  it("takes the fields that a user set, and not defaults, status or controllers' fields", () => {
    const byHand = owner("kubectl-create", {
      metadata: { labels: { tier: {} } },
      spec: { replicas: {}, template: { spec: { containers: { [WEB]: { name: {}, image: {} } } } } },
    });
    const live: KubeObject = { ...deployment({ volumeName: "v" }), status: { replicas: 2 } };
    (live["metadata"] as JsonMap)["managedFields"] = [
      byHand,
      owner("kube-controller-manager", { spec: { volumeName: {} } }),
    ];
    (live["metadata"] as JsonMap)["namespace"] = "app";
    expect(importedInputs(live)).to.deep.equal({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "app", labels: { tier: "front" } },
      spec: { replicas: 2, template: { spec: { containers: [{ name: "web", image: "web:1" }] } } },
    });
  });
});
