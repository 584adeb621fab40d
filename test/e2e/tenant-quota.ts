// What a tenant can have at most.
import { expect } from "chai";
import { createdKinds } from "../../components/tenant/render-quota.ts";
import { eventually } from "./kubectl.ts";
import { deployment, job, pod, podSpec } from "./objects.ts";
import { claim, refused, TENANT, type TenantLab } from "./tenant-lab.ts";

export function limitsWhatItHas(lab: TenantLab): void {
  describe("a quota", () => {
    const sized = (name: string, requests: object, limits: object = {}) =>
      pod(name, TENANT, { resources: { requests, limits } });

    it("admits a container without values with the defaults", async () => {
      const created = await lab.kubectl.run("create --dry-run=server -o json -f -", [pod("plain", TENANT)]);
      const { spec } = JSON.parse(created) as { spec: { containers: readonly { resources: object }[] } };
      expect(spec.containers[0]?.resources).to.deep.equal({
        requests: { cpu: "100m", memory: "256Mi" },
        limits: { cpu: "2", memory: "256Mi" },
      });
    });

    it("rejects a container above the maximum", async () => {
      refused(
        await lab.asUser("create -f -", sized("large", { memory: "5Gi" }, { memory: "5Gi" })),
        "maximum memory usage per Container is 4Gi, but limit is 5Gi",
      );
      refused(
        await lab.asUser("create -f -", sized("busy", { cpu: "3" }, { cpu: "3" })),
        "maximum cpu usage per Container is 2, but limit is 3",
      );
    });

    it("counts all pods together", async () => {
      const half = (name: string) => sized(name, { cpu: "1500m", memory: "1Gi" }, { memory: "1Gi" });
      expect((await lab.asUser("create -f -", half("first"))).code).to.equal(0);
      refused(
        await lab.asUser("create -f -", half("second")),
        "exceeded quota: tenant, requested: requests.cpu=1500m, used: requests.cpu=1500m, limited: requests.cpu=2",
      );
      await lab.kubectl.run(`-n ${TENANT} delete pod first`);
      await eventually(
        () => lab.asUser("create --dry-run=server -f -", half("second")),
        ({ code }) => code === 0,
      );
    });

    it("counts the pods of controllers; further pods are not created, and the ReplicaSet reports why", async () => {
      expect((await lab.asUser("create -f -", deployment("wide", TENANT, 12))).code).to.equal(0);
      await eventually(
        () => lab.kubectl.run(`-n ${TENANT} get events --field-selector=reason=FailedCreate`),
        (events) => /exceeded quota: tenant, requested: pods=1, used: pods=10, limited: pods=10/.test(events),
      );
      await lab.kubectl.run(`-n ${TENANT} delete deployment wide --cascade=foreground`);
    });

    // The policy that asks for a queue lets pods of Jobs through, and would refuse any other before the quota is asked.
    const jobController = "system:serviceaccount:kube-system:job-controller";
    // Kueue looks for the Job.
    let owner: object;
    before(async () => {
      const train = job("train", TENANT) as { spec: object };
      await lab.kubectl.create({ ...train, spec: { ...train.spec, suspend: true } });
      const uid = await lab.kubectl.value(`-n ${TENANT} job train`, ".metadata.uid");
      owner = { apiVersion: "batch/v1", kind: "Job", name: "train", uid, controller: true };
    });
    after(() => lab.kubectl.run(`-n ${TENANT} delete job train`));
    const gpuPod = (resource: string, count: number) => ({
      ...sized("gpu", {}, { [resource]: String(count) }),
      metadata: { name: "gpu", namespace: TENANT, ownerReferences: [owner] },
    });
    const create = `--as=${jobController} create --dry-run=server -f -`;
    it("counts GPUs", async () => {
      expect((await lab.kubectl.try(create, [gpuPod("nvidia.com/gpu", 1)])).code).to.equal(0);
      refused(
        await lab.kubectl.try(create, [gpuPod("nvidia.com/gpu", 2)]),
        "exceeded quota: tenant, requested: requests.nvidia.com/gpu=2, used: requests.nvidia.com/gpu=0, limited: requests.nvidia.com/gpu=1",
      );
    });

    for (const resource of ["amd.com/gpu", "nvidia.com/gpu.shared"]) {
      it(`forbids other GPU resources: ${resource}`, async () =>
        refused(
          await lab.kubectl.try(create, [gpuPod(resource, 1)]),
          `exceeded quota: tenant, requested: requests.${resource}=1`,
        ));
    }

    it("forbids a GPU by a device claim", async () => {
      const devices = { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu.nvidia.com" } }] };
      const deviceClaim = {
        apiVersion: "resource.k8s.io/v1",
        kind: "ResourceClaim",
        metadata: { name: "gpu", namespace: TENANT },
        spec: { devices },
      };
      refused(
        await lab.dryRun(deviceClaim),
        "exceeded quota: tenant, requested: count/resourceclaims.resource.k8s.io=1",
      );
      refused(
        await lab.dryRun({ ...deviceClaim, kind: "ResourceClaimTemplate", spec: { spec: { devices } } }),
        "exceeded quota: tenant, requested: count/resourceclaimtemplates.resource.k8s.io=1",
      );
    });

    for (const type of ["NodePort", "LoadBalancer"]) {
      it(`rejects a Service that is reachable from outside: ${type}`, async () =>
        refused(
          await lab.dryRun({
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "door", namespace: TENANT },
            spec: { type, ports: [{ port: 80 }], selector: { app: "x" } },
          }),
          `exceeded quota: tenant, requested: services.${type.toLowerCase()}s=1`,
        ));
    }

    for (const priorityClassName of ["system-cluster-critical", "system-node-critical", "of-others"]) {
      it(`forbids a priority above the platform's: ${priorityClassName}`, async () => {
        if (priorityClassName === "of-others")
          await lab.kubectl.run(`create priorityclass ${priorityClassName} --value=1000`);
        refused(
          await lab.asUser("create --dry-run=server -f -", {
            ...pod("first", TENANT),
            spec: podSpec({}, { priorityClassName }),
          }),
          "exceeded quota: tenant-priorities, requested: pods=1, used: pods=0, limited: pods=0",
        );
      });
    }

    it("counts volumes", async () =>
      refused(
        await lab.asUser("create --dry-run=server -f -", claim("data", "6Gi")),
        "exceeded quota: tenant, requested: requests.storage=6Gi, used: requests.storage=0, limited: requests.storage=5Gi",
      ));

    it("has a smallest claim: forty of one byte would be forty volumes", async () =>
      refused(
        await lab.asUser("create --dry-run=server -f -", claim("data", "1")),
        "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1",
      ));

    it("counts every kind that a tenant's user can create, and pods that finished", async () => {
      const hard = JSON.parse(
        await lab.kubectl.value(`-n ${TENANT} resourcequota tenant`, ".spec.hard"),
      ) as Record<string, string>;
      await lab.kubectl.create(pod("finished", TENANT));
      await lab.kubectl.run(`-n ${TENANT} wait --for=condition=Ready --timeout=30s pod/finished`);
      await lab.kubectl.run(
        `-n ${TENANT} patch pod finished --subresource=status -p {"status":{"phase":"Succeeded"}}`,
      );
      const used = async () =>
        JSON.parse(await lab.kubectl.value(`-n ${TENANT} resourcequota tenant`, ".status.used")) as Record<
          string,
          string
        >;
      await eventually(used, (now) => now["pods"] === "0" && now["count/pods"] === "1");
      await lab.kubectl.run(`-n ${TENANT} delete pod finished`);
      // The API server compares with the status, which a controller copies.
      const setQuota = async (counts: Readonly<Record<string, string>>) => {
        const patch = JSON.stringify({ spec: { hard: counts } });
        await lab.kubectl.run(`-n ${TENANT} patch resourcequota tenant --type=merge -p ${patch}`);
        const enforced = () => lab.kubectl.value(`-n ${TENANT} resourcequota tenant`, ".status.hard");
        await eventually(enforced, (text) =>
          Object.entries(counts).every(
            ([count, value]) => (JSON.parse(text) as Record<string, string>)[count] === value,
          ),
        );
      };
      await setQuota(Object.fromEntries(createdKinds().map((kind) => [`count/${kind}`, "0"])));
      const meta = { metadata: { name: "another", namespace: TENANT } };
      const objects = [
        pod("another", TENANT),
        job("another", TENANT),
        deployment("another", TENANT, 0),
        {
          apiVersion: "batch/v1",
          kind: "CronJob",
          ...meta,
          spec: { schedule: "0 3 * * *", jobTemplate: { spec: (job("", TENANT) as { spec: object }).spec } },
        },
        { apiVersion: "v1", kind: "ConfigMap", ...meta },
        { apiVersion: "v1", kind: "Secret", ...meta },
        claim("data", "1Gi"),
      ];
      try {
        for (const object of objects) {
          // Admission learns of a changed quota a moment later.
          await eventually(
            () => lab.asUser("create --dry-run=server -f -", object),
            ({ output }) => output.includes("exceeded quota: tenant, requested: count/"),
          );
        }
      } finally {
        await setQuota(hard);
      }
    });
  });
}
