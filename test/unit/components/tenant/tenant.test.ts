import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { TenantArgs } from "../../../../components/tenant/args.ts";
import { Tenant } from "../../../../components/tenant/index.ts";
import { renderQuota } from "../../../../components/tenant/render-quota.ts";
import { TENANT_RIGHTS } from "../../../../components/core/tenant-rights.ts";
import { find, inventory, record, shown } from "../../../harness.ts";

const QUOTA = "kubernetes:core/v1:ResourceQuota";
const LIMITS = "kubernetes:core/v1:LimitRange";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";
const BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding";
const LABELS = {
  "app.kubernetes.io/name": "llm-tenant-lab",
  "app.kubernetes.io/part-of": "llm-platform",
  "app.kubernetes.io/managed-by": "pulumi",
};
const ARGS: TenantArgs = {
  namespace: "llm-tenant-lab",
  quota: { cpu: 4, memoryGi: 8, gpus: 1, pods: 20, storageGi: 30, objects: 90 },
  classes: { storage: ["standard"], priority: [] },
  containers: {
    default: { cpuMillicores: 100, memoryMi: 256 },
    max: { cpuMillicores: 2000, memoryMi: 4096 },
  },
};

const recordTenant = (args: Partial<TenantArgs> = {}) =>
  record(() => {
    new Tenant("tenant-lab", { ...ARGS, ...args });
  });

describe("Tenant", () => {
  it("creates a quota and limits, and grants rights only if there are users", async () => {
    const least = [
      `${LIMITS} tenant-lab-limits`,
      `${QUOTA} tenant-lab-priority-quota`,
      `${QUOTA} tenant-lab-quota`,
      "llm-platform:tenancy:Tenant tenant-lab",
    ];
    expect(inventory(await recordTenant())).to.deep.equal(least);
    expect(inventory(await recordTenant({ group: "lab-users" }))).to.have.members([
      ...least,
      `${ROLE} tenant-lab-role`,
      `${BINDING} tenant-lab-role-binding`,
    ]);
  });

  it("counts all pods together, and closes what goes round a gateway or a queue", async () =>
    expect(shown(find(await recordTenant(), QUOTA, "tenant-lab-quota"))).to.deep.equal({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "tenant", namespace: "llm-tenant-lab", labels: LABELS },
      spec: {
        hard: {
          pods: "20",
          "requests.cpu": "4",
          "requests.memory": "8Gi",
          "limits.memory": "8Gi",
          "requests.storage": "30Gi",
          "requests.nvidia.com/gpu": "1",
          "requests.amd.com/gpu": "0",
          "requests.nvidia.com/gpu.shared": "0",
          "count/resourceclaims.resource.k8s.io": "0",
          "count/resourceclaimtemplates.resource.k8s.io": "0",
          "services.loadbalancers": "0",
          "services.nodeports": "0",
          "count/pods": "90",
          "count/jobs.batch": "90",
          "count/cronjobs.batch": "90",
          "count/deployments.apps": "90",
          "count/replicasets.apps": "90",
          "count/configmaps": "90",
          "count/secrets": "90",
          "count/persistentvolumeclaims": "90",
        },
      },
    }));

  it("lets a tenant without a storage class have no claims", async () => {
    const recording = await recordTenant({ classes: { storage: [], priority: [] } });
    expect(find(recording, QUOTA, "tenant-lab-quota").inputs).to.have.nested.property(
      "spec.hard.count/persistentvolumeclaims",
      "0",
    );
  });

  it("lets pods have the listed priorities", async () => {
    const recording = await recordTenant({ classes: { storage: [], priority: ["batch"] } });
    expect(find(recording, QUOTA, "tenant-lab-priority-quota").inputs).to.have.deep.nested.property(
      "spec.scopeSelector.matchExpressions",
      [
        { scopeName: "PriorityClass", operator: "Exists" },
        { scopeName: "PriorityClass", operator: "NotIn", values: ["batch"] },
      ],
    );
  });

  it("lets no pod have a priority before which the platform's pods would have to go", async () =>
    expect(shown(find(await recordTenant(), QUOTA, "tenant-lab-priority-quota"))).to.deep.equal({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "tenant-priorities", namespace: "llm-tenant-lab", labels: LABELS },
      spec: {
        hard: { pods: "0" },
        scopeSelector: {
          matchExpressions: [{ scopeName: "PriorityClass", operator: "Exists" }],
        },
      },
    }));

  it("gives a container that says nothing what the quota asks for, and no container more than the most", async () =>
    expect(shown(find(await recordTenant(), LIMITS, "tenant-lab-limits"))).to.deep.equal({
      apiVersion: "v1",
      kind: "LimitRange",
      metadata: { name: "tenant", namespace: "llm-tenant-lab", labels: LABELS },
      spec: {
        limits: [
          {
            type: "Container",
            max: { cpu: "2000m", memory: "4096Mi" },
            default: { cpu: "2000m", memory: "256Mi" },
            defaultRequest: { cpu: "100m", memory: "256Mi" },
          },
          { type: "PersistentVolumeClaim", min: { storage: "1Gi" } },
        ],
      },
    }));

  it("lets its users in when the borders stand, with the rights of the table", async () => {
    const recording = await recordTenant({ group: "lab-users" });
    const { inputs, dependencies } = find(recording, BINDING, "tenant-lab-role-binding");
    expect(inputs).to.deep.equal({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "tenant-users", namespace: "llm-tenant-lab", labels: LABELS },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "tenant-users" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "lab-users" }],
    });
    expect(dependencies).to.have.members(
      [
        find(recording, ROLE, "tenant-lab-role"),
        find(recording, QUOTA, "tenant-lab-quota"),
        find(recording, QUOTA, "tenant-lab-priority-quota"),
        find(recording, LIMITS, "tenant-lab-limits"),
      ].map(({ urn }) => urn),
    );
    const role = find(recording, ROLE, "tenant-lab-role").inputs;
    expect(role["metadata"]).to.deep.equal(inputs["metadata"]);
    expect(role["rules"]).to.deep.equal(
      TENANT_RIGHTS.map(({ group, resources, verbs }) => ({ apiGroups: [group], resources, verbs })),
    );
  });
});

describe("the rights of a tenant's users", () => {
  const all = TENANT_RIGHTS.flatMap(({ group, resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb }))),
  );
  const changing = all
    .filter(({ verb }) => !["get", "list", "watch"].includes(verb))
    .map(({ resource }) => resource);

  it("are named one by one", () =>
    expect(all.filter((right) => Object.values(right).includes("*"))).to.deep.equal([]));

  it("are counted, where they create objects: every kind has a limit", () => {
    const { hard } = renderQuota("", ARGS.quota, ARGS.classes).spec;
    for (const { group, resource, verb } of all) {
      // What a subresource takes is not stored.
      if (verb !== "create" || resource.includes("/")) continue;
      expect(hard).to.have.property(`count/${resource}${group === "" ? "" : `.${group}`}`);
    }
  });

  it("let them change no border, and nothing that goes round one", () => {
    for (const border of [
      "namespaces",
      "resourcequotas",
      "limitranges",
      "networkpolicies",
      "localqueues",
      "workloads",
    ])
      expect(changing).to.not.include(border);
    const others = ["roles", "rolebindings", "serviceaccounts", "services", "ingresses", "resourceclaims"];
    expect(all.map(({ resource }) => resource)).to.not.include.any.members(others);
    // A right to write a status can change labels (docs/references.md#status-subresources).
    expect(
      all.filter(({ resource }) => /\/(status|finalize|scale|ephemeralcontainers)$/.test(resource)),
    ).to.deep.equal([]);
    expect(
      all.filter(({ verb }) => ["escalate", "bind", "impersonate", "deletecollection"].includes(verb)),
    ).to.deep.equal([]);
  });
});

describe("what Tenant refuses", () => {
  const { quota, containers } = ARGS;
  const OWN = "is a group of Kubernetes, which has other members than the tenant's users";
  const CASES: Readonly<Record<string, [Partial<TenantArgs>, string, string]>> = {
    "half a core": [{ quota: { ...quota, cpu: 0.5 } }, "quota.cpu", "must be a whole number, at least 1"],
    "no pods": [{ quota: { ...quota, pods: 0 } }, "quota.pods", "must be a whole number, at least 1"],
    "GPUs below nothing": [
      { quota: { ...quota, gpus: -1 } },
      "quota.gpus",
      "must be a whole number, at least 0",
    ],
    "a container without memory": [
      { containers: { ...containers, default: { cpuMillicores: 100, memoryMi: 0 } } },
      "containers.default.memoryMi",
      "must be a whole number, at least 1",
    ],
    "a default that is refused": [
      { containers: { ...containers, default: { cpuMillicores: 2001, memoryMi: 256 } } },
      "containers.default.cpuMillicores",
      "must not be greater than containers.max.cpuMillicores, which is 2000",
    ],
    "a class that is no name": [
      { classes: { storage: ["Fast"], priority: [] } },
      "classes.storage[0]",
      "is not a valid name of a class",
    ],
    "a group without a name": [{ group: " " }, "group", "must not be empty"],
    everybody: [{ group: "system:authenticated" }, "group", OWN],
    administrators: [{ group: "system:masters" }, "group", OWN],
  };
  for (const [what, [args, propertyPath, reason]] of Object.entries(CASES)) {
    it(what, async () => {
      const error: unknown = await recordTenant(args).catch((caught: unknown) => caught);
      expect((error as pulumi.InputPropertiesError).errors).to.deep.equal([{ propertyPath, reason }]);
    });
  }
});
