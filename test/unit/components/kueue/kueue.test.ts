import { expect } from "chai";
import { KueueQueues } from "../../../../components/kueue/index.ts";
import { find, inventory, record, type Recording, shown } from "../../../harness.ts";

const kind = (name: string) => `kubernetes:kueue.x-k8s.io/v1beta2:${name}`;
const LABELS = {
  "app.kubernetes.io/name": "kueue-queues",
  "app.kubernetes.io/part-of": "llm-platform",
  "app.kubernetes.io/managed-by": "pulumi",
};
const object = (name: string, metadata: object, body: object) => ({
  apiVersion: "kueue.x-k8s.io/v1beta2",
  kind: name,
  metadata: { ...metadata, labels: LABELS },
  ...body,
});

describe("KueueQueues", () => {
  let recording: Recording;
  before(async () => {
    recording = await record(
      () =>
        new KueueQueues("kueue", {
          namePrefix: "llm",
          quota: { cpu: 8, memoryGi: 32, gpus: 1 },
          priorities: { low: 100, high: 1000 },
          queues: [
            { namespace: "llm-tenant-a", name: "gpu" },
            { namespace: "llm-tenant-b", name: "gpu" },
          ],
        }),
    );
  });
  const inputs = (type: string, name: string) => shown(find(recording, kind(type), name));

  it("creates these resources", () =>
    expect(inventory(recording)).to.deep.equal([
      `${kind("ClusterQueue")} kueue-cluster-queue`,
      `${kind("LocalQueue")} kueue-queue-llm-tenant-a`,
      `${kind("LocalQueue")} kueue-queue-llm-tenant-b`,
      `${kind("ResourceFlavor")} kueue-flavor`,
      `${kind("WorkloadPriorityClass")} kueue-priority-high`,
      `${kind("WorkloadPriorityClass")} kueue-priority-low`,
      "llm-platform:tenancy:KueueQueues kueue",
    ]));

  it("admits to any node, tainted as GPU nodes are or not", () =>
    expect(inputs("ResourceFlavor", "kueue-flavor")).to.deep.equal(
      object(
        "ResourceFlavor",
        { name: "llm-nodes" },
        { spec: { tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }] } },
      ),
    ));

  it("shares CPU, memory and GPUs only between the platform's own tenants, and waits until Kueue accepts it", () =>
    expect(inputs("ClusterQueue", "kueue-cluster-queue")).to.deep.equal(
      object(
        "ClusterQueue",
        { name: "llm-tenants", annotations: { "pulumi.com/waitFor": "condition=Active" } },
        {
          spec: {
            namespaceSelector: {
              matchLabels: {
                "llm-platform/kueue-managed": "true",
                "app.kubernetes.io/part-of": "llm-platform",
              },
            },
            queueingStrategy: "BestEffortFIFO",
            preemption: { withinClusterQueue: "LowerPriority" },
            resourceGroups: [
              {
                coveredResources: ["cpu", "memory", "nvidia.com/gpu"],
                flavors: [
                  {
                    name: "llm-nodes",
                    resources: [
                      { name: "cpu", nominalQuota: "8" },
                      { name: "memory", nominalQuota: "32Gi" },
                      { name: "nvidia.com/gpu", nominalQuota: "1" },
                    ],
                  },
                ],
              },
            ],
          },
        },
      ),
    ));

  it("creates every LocalQueue after its ClusterQueue", () => {
    expect(inputs("LocalQueue", "kueue-queue-llm-tenant-b")).to.deep.equal(
      object(
        "LocalQueue",
        { name: "gpu", namespace: "llm-tenant-b" },
        { spec: { clusterQueue: "llm-tenants" } },
      ),
    );
    const { dependencies } = find(recording, kind("LocalQueue"), "kueue-queue-llm-tenant-b");
    expect(dependencies).to.deep.equal([find(recording, kind("ClusterQueue"), "kueue-cluster-queue").urn]);
    const { urn } = find(recording, kind("ResourceFlavor"), "kueue-flavor");
    expect(find(recording, kind("ClusterQueue"), "kueue-cluster-queue").dependencies).to.deep.equal([urn]);
  });

  it("has two priorities", () => {
    expect(inputs("WorkloadPriorityClass", "kueue-priority-low")).to.deep.equal(
      object("WorkloadPriorityClass", { name: "llm-low" }, { value: 100 }),
    );
    expect(inputs("WorkloadPriorityClass", "kueue-priority-high")).to.deep.equal(
      object("WorkloadPriorityClass", { name: "llm-high" }, { value: 1000 }),
    );
  });

  it("borrows in a cohort up to a limit, and takes back what it has lent", async () => {
    const cohort = { name: "company", borrow: { cpu: 4, memoryGi: 16, gpus: 2 } };
    const quota = { cpu: 8, memoryGi: 32, gpus: 1 };
    const priorities = { low: 100, high: 1000 };
    const one = await record(
      () => new KueueQueues("kueue", { namePrefix: "llm", quota, priorities, queues: [], cohort }),
    );
    const { spec } = shown(find(one, kind("ClusterQueue"), "kueue-cluster-queue")) as {
      spec: { resourceGroups: [{ flavors: [{ resources: object[] }] }] };
    };
    expect(spec).to.deep.include({
      cohortName: "company",
      preemption: { withinClusterQueue: "LowerPriority", reclaimWithinCohort: "Any" },
    });
    expect(spec.resourceGroups[0].flavors[0].resources).to.deep.equal([
      { name: "cpu", nominalQuota: "8", borrowingLimit: "4" },
      { name: "memory", nominalQuota: "32Gi", borrowingLimit: "16Gi" },
      { name: "nvidia.com/gpu", nominalQuota: "1", borrowingLimit: "2" },
    ]);
  });
});
