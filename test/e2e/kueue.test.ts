import { expect } from "chai";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import {
  renderClusterQueue,
  renderFlavor,
  renderLocalQueue,
  renderPriority,
} from "../../components/kueue/render-queues.ts";
import { kueueDefinitions } from "./kueue-definitions.ts";
import { eventually } from "./kubectl.ts";
import { failed, KubernetesProject, succeeded } from "./kubernetes-project.ts";
import { namespace } from "./objects.ts";

const COMPONENT = pathToFileURL(join(import.meta.dirname, "../../components/kueue/index.ts")).href;
const SHARED = { cpu: 8, memoryGi: 32, gpus: 2 };
const QUEUE = { namespace: "llm-tenant-lab", name: "gpu" };

const program = (queues: readonly object[], quota: object = SHARED) => `
import { KueueQueues } from "${COMPONENT}";
new KueueQueues("kueue", {
  namePrefix: "llm", priorities: { low: 100, high: 1000 }, nodeLabels: { "a.example.org/gpu": "l4" },
  quota: ${JSON.stringify(quota)}, queues: ${JSON.stringify(queues)},
}, { providers: [provider] });
`;

describe("Kueue's objects, before its own definitions in a real API server", function () {
  this.timeout(120_000);
  let k: KubernetesProject;

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    const definitions = kueueDefinitions();
    k = await KubernetesProject.create();
    await k.kubectl.run(`create -f ${definitions}`);
    await k.kubectl.run("wait --for=condition=Established --timeout=30s crd --all");
    await k.kubectl.create(namespace(QUEUE.namespace), namespace("llm-tenant-other"));
  });
  after(() => k.dispose());

  const check = (object: object) => k.kubectl.try("create --dry-run=server --validate=strict -f -", [object]);
  const clusterQueue = renderClusterQueue("q", "f", SHARED);
  const [group] = clusterQueue.spec.resourceGroups;

  it("are accepted, field by field", async () => {
    const objects = [
      renderFlavor("f", {}),
      renderFlavor("f", { "a.example.org/gpu": "l4" }),
      clusterQueue,
      renderLocalQueue(QUEUE, "q"),
      renderPriority("p", 100),
    ];
    for (const object of objects) succeeded({ stdout: "", ...(await check(object)) });
  });

  const WRONG: Readonly<Record<string, [object, string]>> = {
    "a field that it does not know": [
      { ...clusterQueue, spec: { ...clusterQueue.spec, cohort: "all" } },
      'unknown field "cohort"',
    ],
    "another strategy": [
      { ...clusterQueue, spec: { ...clusterQueue.spec, queueingStrategy: "LastInFirstOut" } },
      'Unsupported value: "LastInFirstOut"',
    ],
    "a resource that its flavor says nothing of": [
      {
        ...clusterQueue,
        spec: { ...clusterQueue.spec, resourceGroups: [{ ...group, coveredResources: ["cpu", "memory"] }] },
      },
      "flavors must have the same number of resources as the coveredResources",
    ],
  };
  for (const [what, [object, message]] of Object.entries(WRONG)) {
    it(`would be rejected with ${what}`, async () =>
      failed({ stdout: "", ...(await check(object)) }, message));
  }

  const names = (kind: string) => k.kubectl.value(`${kind}.kueue.x-k8s.io -A`, ".items[*].metadata.name");

  it("become ready in order: queues of tenants after their ClusterQueue is active", async () => {
    k.program(program([QUEUE]));
    let ended = false;
    const up = k.up().finally(() => (ended = true));
    await eventually(
      () => names("clusterqueue"),
      (found) => found === "llm-tenants",
    );
    await sleep(2_000);
    expect(ended, "up waits for the ClusterQueue").to.equal(false);
    expect(await names("localqueue")).to.equal("");
    // In Kueue's place.
    const active = {
      type: "Active",
      status: "True",
      reason: "Ready",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    await k.kubectl.run(
      `patch clusterqueues.kueue.x-k8s.io llm-tenants --subresource=status --type=merge -p ${JSON.stringify({ status: { conditions: [active] } })}`,
    );
    succeeded(await up);
    expect(await names("localqueue")).to.equal("gpu");
    expect(await names("resourceflavor")).to.equal("llm-nodes");
    expect(await names("workloadpriorityclass")).to.equal("llm-high llm-low");
  });

  it("do not change by themselves, although the definitions add defaults", async () => {
    succeeded(await k.up("--expect-no-changes"));
    succeeded(await k.pulumi.run("refresh", "--yes", "--skip-preview", "--expect-no-changes"));
  });

  it("are updated in place, and admitted workloads stay", async () => {
    const uid = await k.kubectl.value("clusterqueues.kueue.x-k8s.io llm-tenants", ".metadata.uid");
    await k.apply(program([QUEUE, { ...QUEUE, namespace: "llm-tenant-other" }], { ...SHARED, gpus: 4 }));
    expect(await names("localqueue")).to.equal("gpu gpu");
    expect(await k.kubectl.value("clusterqueues.kueue.x-k8s.io llm-tenants", ".metadata.uid")).to.equal(uid);
    const quota = ".spec.resourceGroups[0].flavors[0].resources[2].nominalQuota";
    expect(await k.kubectl.value("clusterqueues.kueue.x-k8s.io llm-tenants", quota)).to.equal("4");
    await k.apply(program([QUEUE]));
    expect(await names("localqueue")).to.equal("gpu");
  });

  it("are deleted by destroy", async () => {
    await k.clear();
    for (const kind of ["localqueue", "clusterqueue", "resourceflavor", "workloadpriorityclass"])
      expect(await names(kind), kind).to.equal("");
  });
});
