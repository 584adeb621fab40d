// Who asks for a GPU, and whether Kueue would see it.
import {
  container,
  controller,
  create,
  cronJob,
  job,
  jobSet,
  ONE_GPU,
  owner,
  pod,
  relabelled,
  respecced,
  serviceAccount,
  update,
} from "./build.ts";
import type { AdmissionCase, Manifest, OwnerReference } from "./types.ts";

const QUEUE = { "kueue.x-k8s.io/queue-name": "gpu" };
const NO = { denied: "requireQueueName" } as const;
const limits = (resource: string, quantity = "1") => ({ limits: { [resource]: quantity } });
const inInit = (fields: object) => ({
  spec: { initContainers: [container("init", { resources: ONE_GPU, ...fields })] },
});
const CLAIM = { spec: { resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "one-gpu" }] } };

const BY_JOB = owner("batch/v1", "Job");
const BY_JOB_SET = owner("jobset.x-k8s.io/v1alpha2", "JobSet");
/** Without the field. */
const uncontrolled = ({ apiVersion, kind, name, uid }: OwnerReference): OwnerReference => ({
  apiVersion,
  kind,
  name,
  uid,
});
const jobController = { as: serviceAccount("kube-system", "job-controller") };
const jobSetController = { as: serviceAccount("jobset-system", "jobset-controller-manager") };
const replicaSetController = { as: serviceAccount("kube-system", "replicaset-controller") };

const pods: readonly AdmissionCase[] = [
  create("pod without a gpu", pod({ limits: { cpu: "1" } })),
  create("pod without resources", pod({})),
  create("gpu pod without a label", pod(ONE_GPU), NO),
  create("gpu pod with its queue", pod(ONE_GPU, { labels: QUEUE })),
  create("gpu pod with the other queue", pod(ONE_GPU, { labels: { "kueue.x-k8s.io/queue-name": "batch" } })),
  create("gpu pod with an empty label", pod(ONE_GPU, { labels: { "kueue.x-k8s.io/queue-name": "" } }), NO),
  create(
    "gpu pod with a misspelt queue",
    pod(ONE_GPU, { labels: { "kueue.x-k8s.io/queue-name": "gpuu" } }),
    NO,
  ),
  create("gpu pod with another key", pod(ONE_GPU, { labels: { "queue-name": "gpu" } }), NO),
  create("gpu pod with another namespaces queue", pod(ONE_GPU, { namespace: "team-b", labels: QUEUE }), NO),
  create(
    "gpu pod with the queue of its own namespace",
    pod(ONE_GPU, { namespace: "team-b", labels: { "kueue.x-k8s.io/queue-name": "other" } }),
  ),
  create("gpu pod where no queue is known", pod(ONE_GPU, { namespace: "team-c", labels: QUEUE }), NO),
  create("plain pod where no queue is known", pod({}, { namespace: "team-c" })),
  create("gpu pod in a namespace outside the platform", pod(ONE_GPU, { namespace: "unmanaged" })),
  create("gpu pod in a namespace that says false", pod(ONE_GPU, { namespace: "opted-out" })),
  create("gpu in requests and limits", pod({ ...ONE_GPU, requests: { "nvidia.com/gpu": "1" } }), NO),
  create(
    "gpu in the second container",
    pod({ spec: { containers: [container("b", { resources: ONE_GPU })] } }),
    NO,
  ),
  create("gpu in an init container", pod(inInit({})), NO),
  create("gpu in a sidecar", pod(inInit({ restartPolicy: "Always" })), NO),
  create("gpu in an init container with its queue", pod(inInit({}), { labels: QUEUE })),
  create("no gpu at all by zero", pod(limits("nvidia.com/gpu", "0"))),
  create(
    "zero of one gpu and one of another",
    pod({ limits: { "nvidia.com/gpu": "0", "amd.com/gpu": "1" } }),
    NO,
  ),
  create("two gpus", pod(limits("nvidia.com/gpu", "2")), NO),
  create("mig partition", pod(limits("nvidia.com/mig-1g.10gb")), NO),
  create("mig partition with its queue", pod(limits("nvidia.com/mig-1g.10gb"), { labels: QUEUE })),
  create("shared gpu", pod(limits("nvidia.com/gpu.shared")), NO),
  create("amd gpu", pod(limits("amd.com/gpu")), NO),
  create("amd partition", pod(limits("amd.com/cpx_nps4")), NO),
  create("intel gpu", pod(limits("gpu.intel.com/i915")), NO),
  create(
    "device class in place of a gpu",
    pod(limits("deviceclass.resource.kubernetes.io/gpu.example.com")),
    NO,
  ),
  create("device that is no gpu", pod(limits("example.com/nic"))),
  create("resource whose name has nvidia in its middle", pod(limits("example.com/nvidia.com-like"))),
  create("dra claim", pod(CLAIM), NO),
  create("dra claim with its queue", pod(CLAIM, { labels: QUEUE })),
  create("ownerless pod of the job controller", pod(ONE_GPU), NO, jobController),
  create(
    "pod that the job controller makes",
    pod(ONE_GPU, { ownerReferences: [BY_JOB] }),
    undefined,
    jobController,
  ),
  create("pod with a job as owner, by another user", pod(ONE_GPU, { ownerReferences: [BY_JOB] }), NO),
  create(
    "pod of the job controller whose owner does not control it",
    pod(ONE_GPU, { ownerReferences: [owner("batch/v1", "Job", false)] }),
    NO,
    jobController,
  ),
  create(
    "pod of the job controller whose owner does not say whether it controls it",
    pod(ONE_GPU, { ownerReferences: [uncontrolled(BY_JOB)] }),
    NO,
    jobController,
  ),
  create(
    "pod of the job controller owned by another kind",
    pod(ONE_GPU, { ownerReferences: [owner("batch/v1", "CronJob")] }),
    NO,
    jobController,
  ),
  create(
    "pod of the job controller owned by a job of another group",
    pod(ONE_GPU, { ownerReferences: [owner("example.com/v1", "Job")] }),
    NO,
    jobController,
  ),
  create(
    "pod that a replica set makes",
    pod(ONE_GPU, { ownerReferences: [owner("apps/v1", "ReplicaSet")] }),
    NO,
    replicaSetController,
  ),
  create(
    "pod that a replica set makes with its queue",
    pod(ONE_GPU, { ownerReferences: [owner("apps/v1", "ReplicaSet")], labels: QUEUE }),
    undefined,
    replicaSetController,
  ),
  create(
    "pod as the jobset controller would never make one",
    pod(ONE_GPU, { ownerReferences: [BY_JOB_SET] }),
    NO,
    jobSetController,
  ),
];

const labelledJob = job(ONE_GPU, { labels: QUEUE }, undefined, { suspend: true });
const bareJob = job(ONE_GPU, {}, undefined, { suspend: true });
const ownedJob = job(ONE_GPU, { ownerReferences: [BY_JOB_SET] }, undefined, { suspend: true });
const misplaced = cronJob(ONE_GPU, { own: QUEUE });
const status = (object: Manifest): Manifest => ({ ...object, status: { ready: 0 } });

const jobs: readonly AdmissionCase[] = [
  create("job without a gpu", job({})),
  create("gpu job without the label", job(ONE_GPU), NO),
  create("gpu job with its queue", job(ONE_GPU, { labels: QUEUE })),
  create(
    "gpu job with a misspelt queue",
    job(ONE_GPU, { labels: { "kueue.x-k8s.io/queue-name": "gpuu" } }),
    NO,
  ),
  create("gpu job with the label only on its template", job(ONE_GPU, {}, QUEUE), NO),
  create("job with a dra claim", job(CLAIM), NO),
  create(
    "gpu job without any label of its own, which takes those of its template",
    relabelled(job(ONE_GPU, {}, QUEUE), undefined),
    undefined,
    { needsApiServer: "it gives a Job without labels those of its template" },
  ),
  create(
    "job that the jobset controller makes",
    job(ONE_GPU, { ownerReferences: [BY_JOB_SET] }),
    undefined,
    jobSetController,
  ),
  create("job with a jobset as owner, by another user", job(ONE_GPU, { ownerReferences: [BY_JOB_SET] }), NO),
  create("ownerless job of the jobset controller", job(ONE_GPU), NO, jobSetController),
  ...[
    ["that does not control it", owner("jobset.x-k8s.io/v1alpha2", "JobSet", false)] as const,
    ["that does not say whether it controls it", uncontrolled(BY_JOB_SET)] as const,
    ["of another group", owner("example.com/v1", "JobSet")] as const,
    ["of another kind", owner("jobset.x-k8s.io/v1alpha2", "Job")] as const,
  ].map(([which, other]) =>
    create(
      `job of the jobset controller with an owner ${which}`,
      job(ONE_GPU, { ownerReferences: [other] }),
      NO,
      jobSetController,
    ),
  ),
  create("job of the job controller", job(ONE_GPU, { ownerReferences: [BY_JOB] }), NO, jobController),
  update("suspended job that loses its queue", labelledJob, relabelled(labelledJob, { app: "job" }), NO),
  update(
    "suspended job that changes its queue",
    labelledJob,
    relabelled(labelledJob, { "kueue.x-k8s.io/queue-name": "batch" }),
  ),
  update(
    "suspended job that changes to no queue of its namespace",
    labelledJob,
    relabelled(labelledJob, { "kueue.x-k8s.io/queue-name": "x" }),
    NO,
  ),
  update("job with its queue that starts", labelledJob, respecced(labelledJob, { suspend: false })),
  update("old job without a queue that starts", bareJob, respecced(bareJob, { suspend: false }), NO),
  update("old job without a queue that gets one", bareJob, relabelled(bareJob, QUEUE)),
  update("old job without a queue that is annotated", bareJob, {
    ...bareJob,
    metadata: { ...bareJob.metadata, annotations: { note: "kept" } },
  }),
  update(
    "job of a jobset that its controller starts",
    ownedJob,
    respecced(ownedJob, { suspend: false }),
    undefined,
    jobSetController,
  ),
  update("job of a jobset that another user starts", ownedJob, respecced(ownedJob, { suspend: false }), NO),
  update("job of a jobset that is orphaned", ownedJob, bareJob, undefined, {
    as: serviceAccount("kube-system", "generic-garbage-collector"),
  }),
  update(
    "job that loses its queue by its status",
    labelledJob,
    status(relabelled(labelledJob, { app: "job" })),
    NO,
    {
      subresource: "status",
    },
  ),
  update("status of a job without a queue", bareJob, status(bareJob), undefined, {
    subresource: "status",
    ...jobController,
  }),
  create("cron job without a gpu", cronJob({}, {})),
  create("gpu cron job without a label", cronJob(ONE_GPU, {}), NO),
  create("gpu cron job with its queue on its jobs", cronJob(ONE_GPU, { job: QUEUE })),
  create("gpu cron job with its queue on itself", cronJob(ONE_GPU, { own: QUEUE }), NO),
  create("gpu cron job with its queue on its pods", cronJob(ONE_GPU, { pod: QUEUE }), NO),
  update("cron job whose jobs lose their queue", cronJob(ONE_GPU, { job: QUEUE }), cronJob(ONE_GPU, {}), NO),
  update("old cron job with misplaced queue, annotated", misplaced, {
    ...misplaced,
    metadata: { ...misplaced.metadata, annotations: { note: "kept" } },
  }),
  create("jobset without a gpu", jobSet([{}])),
  create("gpu jobset without a label", jobSet([ONE_GPU]), NO),
  // The API server refuses it of everything that it knows.
  create("jobset whose gpu is only in requests", jobSet([{ requests: { "nvidia.com/gpu": "1" } }]), NO),
  create("jobset whose second job has a gpu", jobSet([{}, ONE_GPU]), NO),
  create("gpu jobset with its queue", jobSet([{}, ONE_GPU], QUEUE)),
  update("jobset that loses its queue", jobSet([ONE_GPU], QUEUE), jobSet([ONE_GPU]), NO),
];

const labelledSet = controller("StatefulSet", ONE_GPU, { labels: QUEUE });
const bareDeployment = controller("Deployment", ONE_GPU, {}, { replicas: 1 });

const controllers: readonly AdmissionCase[] = [
  create("deployment without a gpu", controller("Deployment", {})),
  create("gpu deployment without a label", controller("Deployment", ONE_GPU), NO),
  create("gpu deployment with its queue", controller("Deployment", ONE_GPU, { labels: QUEUE })),
  create("gpu stateful set without a label", controller("StatefulSet", ONE_GPU), NO),
  create("gpu stateful set with its queue", labelledSet),
  // Its pods are: see the pods that a replica set makes.
  create("gpu daemon set", controller("DaemonSet", ONE_GPU)),
  update(
    "deployment that begins to ask for a gpu",
    controller("Deployment", {}),
    controller("Deployment", ONE_GPU),
    NO,
  ),
  update("old deployment that is scaled", bareDeployment, respecced(bareDeployment, { replicas: 2 }), NO),
  update(
    "old deployment that its controller annotates",
    bareDeployment,
    {
      ...bareDeployment,
      metadata: { ...bareDeployment.metadata, annotations: { "deployment.kubernetes.io/revision": "2" } },
    },
    undefined,
    { as: serviceAccount("kube-system", "deployment-controller") },
  ),
  update("stateful set that loses its queue", labelledSet, relabelled(labelledSet, undefined), NO),
  update(
    "stateful set that loses its queue by its status",
    labelledSet,
    relabelled(labelledSet, undefined),
    NO,
    {
      subresource: "status",
    },
  ),
];

export const QUEUE_CASES = [...pods, ...jobs, ...controllers];
