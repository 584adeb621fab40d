// The GPUs that tenants share through queues, with Kueue's real manager and pods that run.
import { expect } from "chai";
import { QUEUE_NAME } from "../../components/admission/policies/require-queue-name.ts";
import { LITELLM } from "../../components/litellm/endpoints.ts";
import { GATEWAY, type LiveStack, TENANT } from "./live-stack.ts";
import { eventually, hardened, hardenedPod } from "./node.ts";

const GPU = "nvidia.com/gpu";
/** A user of the tenant (Pulumi.dev.yaml). */
const AS_USER = "--as=alice --as-group=lab-users";

function gpuJob(name: string, image: string, labels: object): object {
  const resources = { cpu: "50m", memory: "32Mi", [GPU]: "1" };
  const container = {
    name: "train",
    image,
    command: ["sleep", "infinity"],
    securityContext: hardened,
    resources: { requests: resources, limits: resources },
  };
  const spec = {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: hardenedPod,
    containers: [container],
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { namespace: TENANT, name, labels },
    spec: { template: { spec } },
  };
}

export function queuesJobs(stack: LiveStack): void {
  describe("makes the GPU Jobs of a tenant wait for their queue", () => {
    let image: string;
    const create = (name: string, labels: object) =>
      stack.workplace.shell("live", `printf '%s' "$JOB" | kubectl ${AS_USER} create -f -`, {
        JOB: JSON.stringify(gpuJob(name, image, labels)),
      });
    const created = async (name: string) => {
      const { code, stderr } = await create(name, { [QUEUE_NAME]: "gpu" });
      expect(code, stderr).to.equal(0);
    };
    const status = (what: string, path: string) =>
      stack.kubectl(`-n ${TENANT} get ${what} -o jsonpath=${path}`);
    const runs = (name: string) =>
      eventually(async () => ((await status(`job/${name}`, "{.status.ready}")) === "1" ? true : undefined));
    const remove = (...names: string[]) =>
      stack.kubectl(`-n ${TENANT} delete job --ignore-not-found --timeout=60s ${names.join(" ")}`);

    before(async () => {
      image = await stack.kubectl(
        `-n ${GATEWAY} get deployment ${LITELLM} -o jsonpath={.spec.template.spec.containers[0].image}`,
      );
      // The machine has no GPU, and no container runs on the simulated node that has some. Kubernetes lets an administrator advertise any resource of a node:
      // https://kubernetes.io/docs/tasks/administer-cluster/extended-resource-node/
      const patch = JSON.stringify([
        { op: "add", path: `/status/capacity/${GPU.replace("/", "~1")}`, value: "1" },
      ]);
      const node = await stack.kubectl("get nodes -l '!sandbox.llm-platform/simulated' -o name");
      await stack.kubectl(`patch ${node.trim()} --subresource=status --type=json --patch='${patch}'`);
    });
    after(() => remove("first", "second"));

    it("one without a queue is refused with what to add", async () => {
      const { code, stderr } = await create("unnamed", {});
      expect(code).to.equal(1);
      expect(stderr).to.contain(`Add under metadata.labels the line "${QUEUE_NAME}: gpu"`);
    });

    it("the second waits until the first is gone, then runs", async () => {
      await created("first");
      await runs("first");
      await created("second");
      const message = '{.items[*].status.conditions[?(@.type=="QuotaReserved")].message}';
      await eventually(async () =>
        (await status("workloads.kueue.x-k8s.io", `'${message}'`)).includes(
          `insufficient unused quota for ${GPU} in flavor llm-nodes, 1 more needed`,
        )
          ? true
          : undefined,
      );
      expect(await status("job/second", "{.spec.suspend}")).to.equal("true");
      await remove("first");
      await runs("second");
    });
  });
}
