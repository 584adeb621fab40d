// Kueue's objects before its real manager, which is a process beside the API server; kwok plays the nodes. What only the
// manager can say is here: who waits, who is admitted, who makes room.
import { expect } from "chai";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { requireQueueName, QUEUE_NAME } from "../../components/admission/policies/require-queue-name.ts";
import { renderNativeBinding, renderNativePolicy } from "../../components/admission/render-native.ts";
import { KUEUE_MANAGED, PART_OF } from "../../components/core/labels.ts";
import {
  renderClusterQueue,
  renderFlavor,
  renderLocalQueue,
  renderPriority,
} from "../../components/kueue/render-queues.ts";
import {
  findKueue,
  kueueFiles,
  type KueueSetting,
  startKueue,
  stopKueue,
  uninstallKueue,
} from "../../sandbox/cluster/kueue/manager.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { eventually } from "./kubectl.ts";
import { failed, KubernetesProject, succeeded } from "./kubernetes-project.ts";
import { deployment, job, namespace, podSpec } from "./objects.ts";
import { sharedCluster } from "./shared-cluster.ts";

const COMPONENT = pathToFileURL(join(import.meta.dirname, "../../components/kueue/index.ts")).href;
const SHARED = { cpu: 8, memoryGi: 32, gpus: 2 };
const LAB = "llm-tenant-lab";
const OTHER = "llm-tenant-other";
/** Without the label of the platform. */
const ELSEWHERE = "elsewhere";
const QUEUE = { namespace: LAB, name: "gpu" };
const QUEUES = [QUEUE, { ...QUEUE, namespace: OTHER }];
const IN_QUEUE = { [QUEUE_NAME]: "gpu" };
const priority = (level: "low" | "high") => ({
  ...IN_QUEUE,
  "kueue.x-k8s.io/priority-class": `llm-${level}`,
});

const program = (queues: readonly object[], args: object = {}) => `
import { KueueQueues } from "${COMPONENT}";
new KueueQueues("kueue", ${JSON.stringify({
  namePrefix: "llm",
  priorities: { low: 100, high: 1000 },
  quota: SHARED,
  queues,
  ...args,
})}, { providers: [provider] });
`;

const gpus = (count: number) => ({ resources: { limits: { "nvidia.com/gpu": String(count) } } });
/** Its pod does not end (sandbox/cluster/stages/pods.yaml). */
const ENDLESS = { image: "registry.example/app:endless" };
const metadata = (name: string, place: string, labels: object) => ({ name, namespace: place, labels });

function gpuJob(name: string, place: string, labels: object, count = 1, extra: object = ENDLESS): object {
  const template = { spec: podSpec({ ...gpus(count), ...extra }, { restartPolicy: "Never" }) };
  return { ...job(name, place), metadata: metadata(name, place, labels), spec: { template } };
}
const gpuPod = (name: string, place: string, labels: object, count = 1): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: metadata(name, place, labels),
  spec: podSpec(gpus(count)),
});

describe("Kueue's objects, before its real manager", function () {
  this.timeout(120_000);
  let k: KubernetesProject;
  let kueue: KueueSetting;

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    k = await KubernetesProject.create();
    const tools = await ensureTools(["kueue"], createReport());
    kueue = {
      program: tools.kueue,
      kubectl: (...args) => k.kubectl.run(args.join(" ")),
      files: kueueFiles((await sharedCluster()).paths),
      report: createReport(),
      environment: process.env,
    };
    await startKueue(kueue);
    const labels = { [KUEUE_MANAGED]: "true", "app.kubernetes.io/part-of": PART_OF };
    await k.kubectl.create(namespace(LAB, labels), namespace(OTHER, labels), namespace(ELSEWHERE));
    const policy = requireQueueName({ [LAB]: ["gpu", "guests"], [OTHER]: ["gpu"] });
    const apiVersion = "admissionregistration.k8s.io/v1";
    await k.kubectl.create(
      { apiVersion, kind: "ValidatingAdmissionPolicy", ...renderNativePolicy(policy) },
      { apiVersion, kind: "ValidatingAdmissionPolicyBinding", ...renderNativeBinding(policy, "enforce") },
    );
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
    "a flavor with a label that no node can have": [
      renderFlavor("f", { "a b": "l4" }),
      'spec.nodeLabels: Invalid value: "a b"',
    ],
  };
  for (const [what, [object, message]] of Object.entries(WRONG)) {
    it(`would be rejected with ${what}`, async () =>
      failed({ stdout: "", ...(await check(object)) }, message));
  }

  const names = (kind: string) => k.kubectl.value(`${kind}.kueue.x-k8s.io -A`, ".items[*].metadata.name");
  const CLUSTER_QUEUE = "clusterqueues.kueue.x-k8s.io llm-tenants";

  it("become ready: an update ends when Kueue can admit workloads", async () => {
    await k.apply(program([QUEUE]));
    const active = '.status.conditions[?(@.type=="Active")].status';
    expect(await k.kubectl.value(CLUSTER_QUEUE, active)).to.equal("True");
    expect(await names("localqueue")).to.equal("gpu");
    expect(await names("resourceflavor")).to.equal("llm-nodes");
    expect(await names("workloadpriorityclass")).to.equal("llm-high llm-low");
  });

  it("do not change by themselves, although Kueue adds defaults and finalizers", async () => {
    succeeded(await k.up("--expect-no-changes"));
    succeeded(await k.pulumi.run("refresh", "--yes", "--skip-preview", "--expect-no-changes"));
  });

  it("are updated in place, and admitted workloads stay", async () => {
    const uid = await k.kubectl.value(CLUSTER_QUEUE, ".metadata.uid");
    await k.apply(program(QUEUES, { quota: { ...SHARED, gpus: 4 } }));
    expect(await names("localqueue")).to.equal("gpu gpu");
    expect(await k.kubectl.value(CLUSTER_QUEUE, ".metadata.uid")).to.equal(uid);
    const quota = ".spec.resourceGroups[0].flavors[0].resources[2].nominalQuota";
    expect(await k.kubectl.value(CLUSTER_QUEUE, quota)).to.equal("4");
    await k.apply(program(QUEUES));
  });

  /** GPUs that admitted workloads have. */
  const used = () =>
    k.kubectl.value(CLUSTER_QUEUE, '.status.flavorsUsage[0].resources[?(@.name=="nvidia.com/gpu")].total');
  const usedBecomes = (total: string) => eventually(used, (found) => found === total);
  const status = (what: string, place: string, path: string) => k.kubectl.value(`-n ${place} ${what}`, path);
  const becomes = (what: string, place: string, path: string, value: string) =>
    eventually(
      () => status(what, place, path),
      (found) => found === value,
    );
  const running = (name: string, place: string) => becomes(`job ${name}`, place, ".status.active", "1");
  const suspended = (name: string, place: string) => becomes(`job ${name}`, place, ".spec.suspend", "true");
  const gone = (what: string, place: string) => k.kubectl.run(`-n ${place} delete --timeout=30s ${what}`);
  /** What Kueue says of workloads that wait. */
  const reasons = (place: string) =>
    status(
      "workloads.kueue.x-k8s.io",
      place,
      '.items[*].status.conditions[?(@.type=="QuotaReserved")].message',
    );

  it("a Job without a queue is refused with what to add", async () =>
    failed(
      { stdout: "", ...(await k.kubectl.tryCreate(gpuJob("unnamed", LAB, {}))) },
      `Job "unnamed" requests a GPU, and namespace ${LAB} shares GPUs through queues. ` +
        `Add under metadata.labels the line "${QUEUE_NAME}: gpu"`,
    ));

  it("a plain pod is counted, and a Job waits until it is gone, is admitted and runs to its end", async () => {
    await k.kubectl.create(gpuPod("notebook", LAB, IN_QUEUE, 2));
    await becomes("pod notebook", LAB, ".status.phase", "Running");
    await usedBecomes("2");
    await k.kubectl.create(gpuJob("training", OTHER, IN_QUEUE, 1, {}));
    await eventually(
      () => reasons(OTHER),
      (text) =>
        text.includes("insufficient unused quota for nvidia.com/gpu in flavor llm-nodes, 1 more needed"),
    );
    expect(await status("job training", OTHER, ".spec.suspend")).to.equal("true");
    expect(await status("pods", OTHER, ".items[*].metadata.name")).to.equal("");
    await gone("pod notebook", LAB);
    await becomes("job training", OTHER, ".status.succeeded", "1");
    await usedBecomes("0");
    await gone("job training", OTHER);
  });

  it("the pods of a Deployment are counted: Kueue gives them the label", async () => {
    const object = deployment("server", LAB, 1, gpus(1)) as { metadata: object };
    await k.kubectl.create({ ...object, metadata: metadata("server", LAB, IN_QUEUE) });
    await becomes("deployment server", LAB, ".status.readyReplicas", "1");
    await usedBecomes("1");
    await gone("deployment server", LAB);
    await usedBecomes("0");
  });

  it("a workload of a higher priority makes the one of another tenant wait, which comes back", async () => {
    await k.kubectl.create(gpuJob("patient", OTHER, priority("low"), 2));
    await running("patient", OTHER);
    await k.kubectl.create(gpuJob("urgent", LAB, priority("high")));
    await suspended("patient", OTHER);
    await running("urgent", LAB);
    await usedBecomes("1");
    const evicted = '.items[*].status.conditions[?(@.type=="Preempted")].reason';
    expect(await status("workloads.kueue.x-k8s.io", OTHER, evicted)).to.equal("InClusterQueue");
    await gone("job urgent", LAB);
    await running("patient", OTHER);
    await usedBecomes("2");
  });

  it("equal priority waits", async () => {
    await k.kubectl.create(gpuJob("equal", LAB, priority("low")));
    await eventually(
      () => reasons(LAB),
      (text) => text.includes("insufficient unused quota"),
    );
    expect(await status("job patient", OTHER, ".status.active")).to.equal("1");
    await gone("job equal", LAB);
  });

  it("its webhooks select by the label of the policy, and no other workload", async () => {
    const kinds = "validatingwebhookconfigurations,mutatingwebhookconfigurations";
    const found = JSON.parse(await k.kubectl.run(`get ${kinds} -l app.kubernetes.io/name=kueue -o json`)) as {
      items: { webhooks: { namespaceSelector: object; rules: { apiGroups: string[] }[] }[] }[];
    };
    const webhooks = found.items.flatMap(({ webhooks }) => webhooks);
    expect(webhooks).to.have.length.greaterThan(30);
    for (const { namespaceSelector, rules } of webhooks) {
      const own = rules.every(({ apiGroups }) => apiGroups.every((name) => name === "kueue.x-k8s.io"));
      expect(namespaceSelector).to.deep.equal(
        own ? {} : requireQueueName({}).namespaceSelector,
        JSON.stringify(rules),
      );
    }
    await k.kubectl.create(gpuJob("free", ELSEWHERE, IN_QUEUE));
    await running("free", ELSEWHERE);
    expect(await status("workloads.kueue.x-k8s.io", ELSEWHERE, ".items[*].metadata.name")).to.equal("");
    await gone("job free", ELSEWHERE);
  });

  describe("while the manager is away", () => {
    before(() => stopKueue(kueue.files));

    it("nothing starts in the namespaces that it manages", async () => {
      for (const object of [gpuJob("queued", LAB, IN_QUEUE), gpuPod("queued", LAB, IN_QUEUE)])
        failed({ stdout: "", ...(await k.kubectl.tryCreate(object)) }, "failed calling webhook");
      failed({ stdout: "", ...(await k.kubectl.tryCreate(job("unqueued", LAB))) }, "failed calling webhook");
    });

    it("what runs goes on, and everything else starts", async () => {
      expect(await status("job patient", OTHER, ".status.active")).to.equal("1");
      await k.kubectl.create(job("free", ELSEWHERE));
      await becomes("job free", ELSEWHERE, ".status.succeeded", "1");
      await gone("job free", ELSEWHERE);
    });

    it("it knows its workloads when it is back", async () => {
      await startKueue(kueue);
      expect(findKueue(kueue.files)).to.have.lengthOf(1);
      await usedBecomes("2");
      await k.kubectl.create(gpuJob("urgent", LAB, priority("high")));
      await suspended("patient", OTHER);
      await gone("job urgent", LAB);
      await running("patient", OTHER);
    });

    it("a second start finds it running", async () => {
      const before = findKueue(kueue.files);
      await startKueue(kueue);
      expect(findKueue(kueue.files)).to.deep.equal(before);
    });
  });

  describe("with a ClusterQueue of others", () => {
    const borrow = { cpu: 0, memoryGi: 0, gpus: 1 };
    const guests = { ...IN_QUEUE, [QUEUE_NAME]: "guests" };
    const others = renderClusterQueue("others", "llm-nodes", SHARED, { name: "company", borrow });

    before(async () => {
      await gone("job patient", OTHER);
      await k.apply(program(QUEUES, { cohort: { name: "company", borrow } }));
      await k.kubectl.create(others, renderLocalQueue({ namespace: LAB, name: "guests" }, "others"));
      await becomes("clusterqueues.kueue.x-k8s.io others", LAB, ".status.conditions[0].status", "True");
    });
    after(async () => {
      await gone("jobs --all", LAB);
      await gone("localqueues.kueue.x-k8s.io guests", LAB);
      await gone("clusterqueues.kueue.x-k8s.io others", LAB);
    });

    it("lend what they do not use, and take it back", async () => {
      await k.kubectl.create(gpuJob("guest", LAB, guests, 3));
      await running("guest", LAB);
      await k.kubectl.create(gpuJob("owner", OTHER, IN_QUEUE, 2));
      await suspended("guest", LAB);
      await running("owner", OTHER);
      await gone("job owner", OTHER);
      await running("guest", LAB);
      await gone("job guest", LAB);
    });

    it("borrow up to their limit", async () => {
      await k.kubectl.create(gpuJob("large", OTHER, IN_QUEUE, 3));
      await running("large", OTHER);
      await usedBecomes("3");
      // Others have one that they do not use.
      await k.kubectl.create(gpuJob("more", OTHER, IN_QUEUE));
      await eventually(
        () => reasons(OTHER),
        (text) =>
          text.includes("insufficient unused quota for nvidia.com/gpu in flavor llm-nodes, 1 more needed"),
      );
      expect(await status("job more", OTHER, ".spec.suspend")).to.equal("true");
      await gone("job more", OTHER);
    });
  });

  describe("at their end", () => {
    it("are deleted by destroy, after the queues are drained", async () => {
      const drained = JSON.stringify({ spec: { stopPolicy: "HoldAndDrain" } });
      await k.kubectl.run(`patch ${CLUSTER_QUEUE} --type=merge -p ${drained}`);
      await suspended("large", OTHER);
      await k.clear();
      for (const kind of ["localqueue", "clusterqueue", "resourceflavor", "workloadpriorityclass"])
        expect(await names(kind), kind).to.equal("");
    });

    it("no webhook stays, and pods of tenants start", async () => {
      await gone("job large", OTHER);
      await uninstallKueue(kueue.kubectl, kueue.files);
      await k.kubectl.create(job("free", LAB));
      await becomes("job free", LAB, ".status.succeeded", "1");
    });
  });
});
