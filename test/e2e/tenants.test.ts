// What the API server itself makes of the borders of the dev stack: rights, quotas, limits, Pod Security.
import { expect } from "chai";
import { createdKinds } from "../../components/tenant/render-quota.ts";
import { TENANT_RIGHTS } from "../../components/core/tenant-rights.ts";
import { capture } from "../../sandbox/commands/run.ts";
import { checkout } from "../../sandbox/paths.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { Workplace } from "../make.ts";
import { actingAs, EVERYBODYS_RIGHTS, resourceName, rightsOf } from "./access.ts";
import { eventually, Kubectl, type Result } from "./kubectl.ts";
import { configMap, deployment, job, pod, podSpec } from "./objects.ts";

const workplace = new Workplace("tenants");
const TENANT = "llm-tenant-lab";
const USER = { user: "alice", groups: ["lab-users"] };

/** A refusal, for the reason that is meant and no other. */
function refused({ code, output }: Result, reason: string | RegExp): void {
  expect(output).to.match(typeof reason === "string" ? new RegExp(reason) : reason);
  expect(code, output).to.not.equal(0);
}

describe("the borders of tenants, on the real API server", function () {
  this.timeout(300_000);
  let kubectl: Kubectl;
  /** Of the platform, tenants' included. */
  let namespaces: string[];

  before(async function () {
    this.timeout(1_800_000); // Tools may have to be built.
    const tools = await ensureTools(["kubernetes"], createReport());
    await workplace.makeDone("up");
    kubectl = new Kubectl(tools.kubectl, workplace.sandbox("dev").kubeconfig);
    namespaces = (await kubectl.run("get namespaces -l app.kubernetes.io/part-of=llm-platform -o name"))
      .trim()
      .split("\n")
      .map((name) => name.replace("namespace/", ""));
    expect(namespaces).to.include.members(["llm-data", "llm-gateway", "llm-chat", "llm-tracing", TENANT]);
  });
  after(async () => {
    await capture("make", ["down"], { cwd: checkout, env: workplace.environment });
    workplace.remove();
  });

  /** As a controller: the policies let no user add a finalizer. */
  const asController = "--as=system:serviceaccount:kube-system:of-others --as-group=system:masters";

  const asUser = (args: string, ...objects: object[]) => kubectl.try(`${actingAs(USER)} ${args}`, objects);
  const dryRun = (...objects: object[]) => kubectl.try("create --dry-run=server -f -", objects);

  describe("rights", () => {
    it("do not exist for any service account of the platform, in any namespace", async () => {
      for (const namespace of namespaces) {
        const accounts = await kubectl.value(`-n ${namespace} serviceaccounts`, ".items[*].metadata.name");
        for (const account of accounts.split(" ")) {
          const subject = { user: `system:serviceaccount:${namespace}:${account}` };
          for (const asked of [namespace, "default", "kube-system"]) {
            const rights = await rightsOf(kubectl, subject, asked);
            expect(rights, `${subject.user} in ${asked}`).to.deep.equal(EVERYBODYS_RIGHTS);
          }
        }
      }
    });

    it("of a tenant's users are those of the table in its namespace, and none in any other", async () => {
      const table = TENANT_RIGHTS.flatMap(({ group, resources, verbs }) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resourceName(group, resource)}`)),
      );
      expect(await rightsOf(kubectl, USER, TENANT)).to.deep.equal([...EVERYBODYS_RIGHTS, ...table].sort());
      for (const other of [...namespaces.filter((name) => name !== TENANT), "default", "kube-system"])
        expect(await rightsOf(kubectl, USER, other), other).to.deep.equal(EVERYBODYS_RIGHTS);
    });

    it("would be found by the same check", async () => {
      const admin = { user: "root", groups: ["system:masters"] };
      expect(await rightsOf(kubectl, admin, TENANT)).to.include("* *.*");
    });

    it("need no token: no pod of the platform has one", async () => {
      const pods = JSON.parse(
        await kubectl.run("get pods -A -l app.kubernetes.io/part-of=llm-platform -o json"),
      ) as {
        items: readonly {
          metadata: { name: string };
          spec: { volumes?: readonly { projected?: object }[] };
        }[];
      };
      expect(pods.items.length).to.be.greaterThan(5);
      for (const { metadata, spec } of pods.items)
        expect(JSON.stringify(spec.volumes ?? []), metadata.name).to.not.include("serviceAccountToken");
    });

    const FORBIDDEN: Readonly<Record<string, string>> = {
      "take the namespace out of a policy": `label namespace ${TENANT} llm-platform/kueue-managed-`,
      "let more pods in": `label --overwrite namespace ${TENANT} pod-security.kubernetes.io/enforce=privileged`,
      "raise the quota": `-n ${TENANT} patch resourcequota tenant -p {"spec":{"hard":{"pods":"1000"}}}`,
      "remove the quota": `-n ${TENANT} delete resourcequota tenant`,
      "remove the limits": `-n ${TENANT} delete limitrange tenant`,
      "open the network": `-n ${TENANT} delete networkpolicy default-deny`,
      "give itself rights": `-n ${TENANT} create rolebinding more --clusterrole=admin --group=lab-users`,
      "have a token made": `-n ${TENANT} create token default`,
      "be reached from outside": `-n ${TENANT} create service nodeport door --tcp=80`,
      "be reached by a service of another kind": `-n ${TENANT} create service externalname door --external-name=example.org`,
      "be reached through an ingress": `-n ${TENANT} create ingress door --rule=example.org/=door:80`,
      "give its account another registry": `-n ${TENANT} patch serviceaccount default -p {"imagePullSecrets":[]}`,
      "make an account": `-n ${TENANT} create serviceaccount more`,
      "go before others": "create priorityclass first --value=1000",
      "debug a pod": `-n ${TENANT} patch pod any --subresource=ephemeralcontainers -p {}`,
      "have a token made for a pod": `-n ${TENANT} create token default --bound-object-kind=Pod --bound-object-name=any`,
      "read another namespace": "-n llm-gateway get secrets",
      "see who else is there": "get namespaces",
    };
    for (const [what, command] of Object.entries(FORBIDDEN)) {
      it(`do not let a tenant's user ${what}`, async () =>
        refused(await asUser(command), 'is forbidden: User "alice" cannot'));
    }

    it("do not let a tenant's user change the status of a pod, and with it its labels", async () => {
      await kubectl.create(pod("mine", TENANT));
      const patch = '{"metadata":{"labels":{"a":"b"}}}';
      const result = await asUser(`-n ${TENANT} patch pod mine --subresource=status -p ${patch}`);
      await kubectl.run(`-n ${TENANT} delete pod mine`);
      // kubectl reads before it writes.
      refused(result, /User "alice" cannot (get|patch) resource "pods\/status"/);
    });

    it("let a tenant's user work: run a job, and read the gateway's key, which is not the master key", async () => {
      expect((await asUser("create -f -", job("train", TENANT))).output).to.equal(
        "job.batch/train created\n",
      );
      expect((await asUser(`-n ${TENANT} delete job train`)).code).to.equal(0);
      const key = async (namespace: string, name: string) => {
        const secrets = await kubectl.value(`-n ${namespace} secrets`, ".items[*].metadata.name");
        const found = secrets.split(" ").find((secret) => secret.startsWith(name)) ?? "";
        const read = await asUser(`-n ${namespace} get secret ${found} -o jsonpath={.data.key}`);
        const value =
          read.code === 0 ? read.output : await kubectl.value(`-n ${namespace} secret ${found}`, ".data.key");
        return Buffer.from(value, "base64").toString();
      };
      const own = await key(TENANT, "litellm-key-tenant-lab-");
      expect(own).to.match(/^sk-\w{48}$/);
      expect(await key("llm-gateway", "litellm-master-key-"))
        .to.match(/^sk-\w{48}$/)
        .and.to.not.equal(own);
    });
  });

  describe("an indirect way", () => {
    const named = (kind: string, fields: object, metadata: object = {}) => ({
      apiVersion: "v1",
      kind,
      metadata: { name: "indirect", namespace: TENANT, ...metadata },
      ...fields,
    });
    const withVolume = (volume: object) => ({
      ...pod("indirect", TENANT),
      spec: podSpec({}, { volumes: [{ name: "volume", ...volume }] }),
    });
    const projecting = (serviceAccountToken: object) =>
      withVolume({ projected: { sources: [{ serviceAccountToken }] } });
    const claim = (spec: object) =>
      named("PersistentVolumeClaim", {
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
      });
    const finalizers = ["example.com/hold"];
    const heldPods = deployment("indirect", TENANT, 1) as { spec: { template: { metadata: object } } };
    heldPods.spec.template.metadata = { ...heldPods.spec.template.metadata, finalizers };
    const WAYS: Readonly<Record<string, [object, RegExp]>> = {
      "to a token without an end": [
        named(
          "Secret",
          { type: "kubernetes.io/service-account-token" },
          { annotations: { "kubernetes.io/service-account.name": "default" } },
        ),
        /Kubernetes acts on Secrets of this type/,
      ],
      "to a token for another service": [
        projecting({ path: "token", audience: "vault" }),
        /serviceAccountToken has an audience/,
      ],
      "to a token of a year": [
        projecting({ path: "token", expirationSeconds: 31_536_000 }),
        /lives longer than 3607 seconds/,
      ],
      "to what a volume driver reads": [
        withVolume({ csi: { driver: "secrets-store.csi.k8s.io", readOnly: true } }),
        /a volume is of another kind/,
      ],
      "to an image that moves": [
        withVolume({ image: { reference: "registry.example/app:latest" } }),
        /no exact version/,
      ],
      "to a node": [
        { ...pod("indirect", TENANT), spec: podSpec({}, { nodeName: "node-1" }) },
        /nodeName chooses a node/,
      ],
      "to a volume of others by its name": [claim({ volumeName: "of-others" }), /must not set .*volumeName/],
      "to a volume of others by a label": [
        claim({ selector: { matchLabels: { of: "others" } } }),
        /must not set .*selector/,
      ],
      "to another storage class": [
        claim({ storageClassName: "immediate" }),
        /the storage class of the claim is not in tenants\.<name>\.classes\.storage/,
      ],
      "to an object that cannot be deleted": [
        named("ConfigMap", {}, { finalizers }),
        /only controllers add finalizers/,
      ],
      "to pods that cannot be deleted": [heldPods, /only controllers add finalizers/],
      "to an owner that cannot be deleted": [
        named(
          "ConfigMap",
          {},
          {
            ownerReferences: [
              {
                apiVersion: "v1",
                kind: "ResourceQuota",
                name: "tenant",
                uid: "00000000-0000-4000-8000-000000000001",
                blockOwnerDeletion: true,
              },
            ],
          },
        ),
        /only controllers set blockOwnerDeletion/,
      ],
    };
    for (const [what, [object, reason]] of Object.entries(WAYS)) {
      it(`is closed ${what}`, async () =>
        refused(await asUser("create --dry-run=server -f -", object), reason));
    }

    it("is closed to a volume of others by an update of a claim", async () => {
      expect((await asUser("create -f -", claim({}))).code).to.equal(0);
      const patched = await asUser(
        `-n ${TENANT} patch persistentvolumeclaim indirect -p {"spec":{"volumeName":"of-others"}}`,
      );
      await kubectl.run(`-n ${TENANT} delete persistentvolumeclaim indirect`);
      refused(patched, /must not set .*volumeName/);
    });
  });

  describe("a quota", () => {
    const sized = (name: string, requests: object, limits: object = {}) =>
      pod(name, TENANT, { resources: { requests, limits } });

    it("admits a container without values with the defaults", async () => {
      const created = await kubectl.run("create --dry-run=server -o json -f -", [pod("plain", TENANT)]);
      const { spec } = JSON.parse(created) as { spec: { containers: readonly { resources: object }[] } };
      expect(spec.containers[0]?.resources).to.deep.equal({
        requests: { cpu: "100m", memory: "256Mi" },
        limits: { cpu: "2", memory: "256Mi" },
      });
    });

    it("rejects a container above the maximum", async () => {
      refused(
        await asUser("create -f -", sized("large", { memory: "5Gi" }, { memory: "5Gi" })),
        "maximum memory usage per Container is 4Gi, but limit is 5Gi",
      );
      refused(
        await asUser("create -f -", sized("busy", { cpu: "3" }, { cpu: "3" })),
        "maximum cpu usage per Container is 2, but limit is 3",
      );
    });

    it("counts all pods together", async () => {
      const half = (name: string) => sized(name, { cpu: "1500m", memory: "1Gi" }, { memory: "1Gi" });
      expect((await asUser("create -f -", half("first"))).code).to.equal(0);
      refused(
        await asUser("create -f -", half("second")),
        "exceeded quota: tenant, requested: requests.cpu=1500m, used: requests.cpu=1500m, limited: requests.cpu=2",
      );
      await kubectl.run(`-n ${TENANT} delete pod first`);
      await eventually(
        () => asUser("create --dry-run=server -f -", half("second")),
        ({ code }) => code === 0,
      );
    });

    it("counts the pods of controllers; further pods are not created, and the ReplicaSet reports why", async () => {
      expect((await asUser("create -f -", deployment("wide", TENANT, 12))).code).to.equal(0);
      await eventually(
        () => kubectl.run(`-n ${TENANT} get events --field-selector=reason=FailedCreate`),
        (events) => /exceeded quota: tenant, requested: pods=1, used: pods=10, limited: pods=10/.test(events),
      );
      await kubectl.run(`-n ${TENANT} delete deployment wide --cascade=foreground`);
    });

    // The policy that asks for a queue lets pods of Jobs through, and would refuse any other before the quota is asked.
    const jobController = "system:serviceaccount:kube-system:job-controller";
    const owner = {
      apiVersion: "batch/v1",
      kind: "Job",
      name: "train",
      uid: "of-the-test",
      controller: true,
    };
    const gpuPod = (resource: string) => ({
      ...sized("gpu", {}, { [resource]: "1" }),
      metadata: { name: "gpu", namespace: TENANT, ownerReferences: [owner] },
    });
    for (const resource of ["nvidia.com/gpu", "amd.com/gpu", "nvidia.com/gpu.shared"]) {
      it(`forbids other GPU resources: ${resource}`, async () =>
        refused(
          await kubectl.try(`--as=${jobController} create --dry-run=server -f -`, [gpuPod(resource)]),
          `exceeded quota: tenant, requested: requests.${resource}=1`,
        ));
    }

    it("forbids a GPU by a device claim", async () => {
      const devices = { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu.nvidia.com" } }] };
      const claim = {
        apiVersion: "resource.k8s.io/v1",
        kind: "ResourceClaim",
        metadata: { name: "gpu", namespace: TENANT },
        spec: { devices },
      };
      refused(
        await dryRun(claim),
        "exceeded quota: tenant, requested: count/resourceclaims.resource.k8s.io=1",
      );
      refused(
        await dryRun({ ...claim, kind: "ResourceClaimTemplate", spec: { spec: { devices } } }),
        "exceeded quota: tenant, requested: count/resourceclaimtemplates.resource.k8s.io=1",
      );
    });

    for (const type of ["NodePort", "LoadBalancer"]) {
      it(`rejects a Service that is reachable from outside: ${type}`, async () =>
        refused(
          await dryRun({
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
          await kubectl.run(`create priorityclass ${priorityClassName} --value=1000`);
        refused(
          await asUser("create --dry-run=server -f -", {
            ...pod("first", TENANT),
            spec: podSpec({}, { priorityClassName }),
          }),
          "exceeded quota: tenant-priorities, requested: pods=1, used: pods=0, limited: pods=0",
        );
      });
    }

    const claim = (storage: string, spec: object = {}) => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data", namespace: TENANT },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...spec },
    });

    it("counts volumes", async () =>
      refused(
        await asUser("create --dry-run=server -f -", claim("6Gi")),
        "exceeded quota: tenant, requested: requests.storage=6Gi, used: requests.storage=0, limited: requests.storage=5Gi",
      ));

    it("has a smallest claim: forty of one byte would be forty volumes", async () =>
      refused(
        await asUser("create --dry-run=server -f -", claim("1")),
        "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1",
      ));

    it("counts every kind that a tenant's user can create, and pods that finished", async () => {
      const hard = JSON.parse(
        await kubectl.value(`-n ${TENANT} resourcequota tenant`, ".spec.hard"),
      ) as Record<string, string>;
      await kubectl.create(pod("finished", TENANT));
      await kubectl.run(`-n ${TENANT} wait --for=condition=Ready --timeout=30s pod/finished`);
      await kubectl.run(
        `-n ${TENANT} patch pod finished --subresource=status -p {"status":{"phase":"Succeeded"}}`,
      );
      const used = async () =>
        JSON.parse(await kubectl.value(`-n ${TENANT} resourcequota tenant`, ".status.used")) as Record<
          string,
          string
        >;
      await eventually(used, (now) => now["pods"] === "0" && now["count/pods"] === "1");
      await kubectl.run(`-n ${TENANT} delete pod finished`);
      // The API server compares with the status, which a controller copies.
      const setQuota = async (counts: Readonly<Record<string, string>>) => {
        const patch = JSON.stringify({ spec: { hard: counts } });
        await kubectl.run(`-n ${TENANT} patch resourcequota tenant --type=merge -p ${patch}`);
        const enforced = () => kubectl.value(`-n ${TENANT} resourcequota tenant`, ".status.hard");
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
        claim("1Gi"),
      ];
      try {
        for (const object of objects) {
          // Admission learns of a changed quota a moment later.
          await eventually(
            () => asUser("create --dry-run=server -f -", object),
            ({ output }) => output.includes("exceeded quota: tenant, requested: count/"),
          );
        }
      } finally {
        await setQuota(hard);
      }
    });
  });

  describe("Pod Security restricted", () => {
    const own = podSpec() as { containers: readonly [{ securityContext: object }] };
    const container = (change: object) => ({
      securityContext: { ...own.containers[0].securityContext, ...change },
    });
    const PODS: Readonly<Record<string, [object, object, RegExp]>> = {
      privileged: [container({ privileged: true, allowPrivilegeEscalation: true }), {}, /privileged/],
      "a folder of the node": [
        {},
        { volumes: [{ name: "node", hostPath: { path: "/" } }] },
        /restricted volume type "hostPath"/,
      ],
      root: [container({ runAsNonRoot: false, runAsUser: 0 }), {}, /runAsNonRoot != true/],
      "the node's network": [{}, { hostNetwork: true }, /host namespaces/],
      capabilities: [container({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }), {}, /SYS_ADMIN/],
      "no seccomp": [container({ seccompProfile: { type: "Unconfined" } }), {}, /seccompProfile/],
    };
    for (const [what, [extra, more, reason]] of Object.entries(PODS)) {
      it(`rejects in every namespace of the platform: ${what}`, async () => {
        for (const namespace of namespaces) {
          const object = { ...pod("bad", namespace), spec: podSpec(extra, more) };
          const result = await dryRun(object);
          refused(result, /violates PodSecurity "restricted:latest"/);
          refused(result, reason);
        }
      });
    }

    it("admits a compliant pod in every namespace of the platform", async () => {
      for (const namespace of namespaces) {
        const { code, output } = await dryRun(pod("good", namespace));
        expect(code, output).to.equal(0);
      }
    });
  });

  describe("make down", () => {
    it("ends although a tenant left a finalizer, and says on which object and whose", async () => {
      await kubectl.run(`${asController} create -f -`, [
        {
          ...configMap("keep", TENANT),
          metadata: { name: "keep", namespace: TENANT, finalizers: ["example.com/hold"] },
        },
      ]);
      expect(await workplace.makeDone("down")).to.include(
        `tenant lab left ConfigMap ${TENANT}/keep with the finalizer example.com/hold`,
      );
    });
  });
});
