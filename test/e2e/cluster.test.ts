import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster, stopCluster } from "../../sandbox/cluster/cluster.ts";
import { readCredentials } from "../../sandbox/cluster/access.ts";
import { findComponents } from "../../sandbox/cluster/components.ts";
import { clusterFiles } from "../../sandbox/cluster/layout.ts";
import { statePaths, type StatePaths } from "../../sandbox/paths.ts";
import { createReport } from "../../sandbox/report.ts";
import { ensureTools } from "../../sandbox/tools/ensure.ts";
import { eventually, Kubectl } from "./kubectl.ts";
import { configMap, deployment, job, namespace, pod, statefulSet } from "./objects.ts";
import {
  answersOf,
  asAnotherUser,
  listeners,
  opens,
  OPEN_OF_API_SERVER,
  unixListeners,
} from "./listeners.ts";
import { startWebhook } from "./webhook.ts";

describe("the sandbox cluster behaves like a cluster", function () {
  this.timeout(120_000);
  let paths: StatePaths;
  let kubectl: Kubectl;

  before(async function () {
    this.timeout(3_600_000);
    const tools = await ensureTools(["kubernetes", "kwok"], createReport());
    paths = statePaths(mkdtempSync(join(tmpdir(), "cluster-")));
    const { kubeconfig } = await startCluster(tools, createReport(), paths);
    kubectl = new Kubectl(tools.kubectl, kubeconfig);
  });

  after(async () => {
    await stopCluster(paths);
    rmSync(paths.root, { recursive: true });
  });

  describe("it rejects", () => {
    it("requests without an RBAC permission, and allows those with a role", async () => {
      await kubectl.create(namespace("rbac"));
      const asJane = "-n rbac get configmaps --as=jane";
      expect((await kubectl.try(asJane)).output).to.contain('User "jane" cannot list resource "configmaps"');
      await kubectl.run("-n rbac create role reader --verb=get,list --resource=configmaps");
      await kubectl.run("-n rbac create rolebinding reader --role=reader --user=jane");
      await eventually(
        () => kubectl.try(asJane),
        ({ code }) => code === 0,
      );
      expect((await kubectl.try("-n rbac get secrets --as=jane")).output).to.contain("forbidden");
    });

    it("objects that an admission webhook denies", async () => {
      await kubectl.create(namespace("webhook"));
      const webhook = await startWebhook(
        readCredentials(clusterFiles(paths).pki),
        "no thanks, says the webhook",
      );
      try {
        await kubectl.create(webhook.configuration("webhook"));
        const refused = await eventually(
          () => kubectl.try("create --dry-run=server -f -", [configMap("denied", "webhook")]),
          ({ code }) => code !== 0,
        );
        expect(refused.output).to.contain("no thanks, says the webhook");
      } finally {
        await kubectl.run(`delete validatingwebhookconfiguration ${webhook.name} --ignore-not-found`);
        webhook.close();
      }
    });

    it("objects that a ValidatingAdmissionPolicy denies", async () => {
      await kubectl.create(
        namespace("policy"),
        {
          apiVersion: "admissionregistration.k8s.io/v1",
          kind: "ValidatingAdmissionPolicy",
          metadata: { name: "owner-required" },
          spec: {
            matchConstraints: {
              resourceRules: [
                { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] },
              ],
            },
            validations: [
              { expression: "has(object.data) && 'owner' in object.data", message: "who owns it?" },
            ],
          },
        },
        {
          apiVersion: "admissionregistration.k8s.io/v1",
          kind: "ValidatingAdmissionPolicyBinding",
          metadata: { name: "owner-required" },
          spec: {
            policyName: "owner-required",
            validationActions: ["Deny"],
            matchResources: {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "policy" } },
            },
          },
        },
      );
      const refused = await eventually(
        () => kubectl.try("create --dry-run=server -f -", [configMap("nobodys", "policy")]),
        ({ code }) => code !== 0,
      );
      expect(refused.output).to.contain("who owns it?");
      await kubectl.create(configMap("ours", "policy", { owner: "us" }));
    });

    it("pods that Pod Security forbids", async () => {
      await kubectl.create(namespace("hardened", { "pod-security.kubernetes.io/enforce": "restricted" }));
      const root = pod("root", "hardened", { securityContext: { privileged: true } });
      expect((await kubectl.tryCreate(root)).output).to.contain('violates PodSecurity "restricted:latest"');
      await kubectl.create(pod("hardened", "hardened"));
    });

    it("more than a quota grants", async () => {
      await kubectl.create(namespace("quota"));
      await kubectl.run("-n quota create quota one-pod --hard=pods=1");
      await eventually(
        () => kubectl.value("-n quota quota/one-pod", ".status.hard.pods"),
        (pods) => pods === "1",
      );
      await kubectl.create(pod("first", "quota"));
      expect((await kubectl.tryCreate(pod("second", "quota"))).output).to.contain("exceeded quota: one-pod");
    });
  });

  describe("it refuses another user of the machine", () => {
    /** What is answered without credentials. None of it holds an object, a name or a setting. */
    const OPEN: Readonly<Record<string, readonly string[]>> = {
      "kube-apiserver": OPEN_OF_API_SERVER,
      // `make up` waits for it before any login works.
      "kube-controller-manager": ["/healthz 200"],
      "kube-scheduler": ["/healthz 200"],
    };
    let running: ReturnType<typeof findComponents>;
    before(() => (running = findComponents(clusterFiles(paths))));

    it("at each port on which a component listens, with what a login is for", async () => {
      const ports = running.flatMap(({ name, pid }) => listeners(pid).map(({ port }) => ({ name, port })));
      expect(ports.map(({ name }) => name)).to.include.members(["etcd", ...Object.keys(OPEN)]);
      const found = await asAnotherUser(() =>
        Promise.all(ports.map(async ({ name, port }) => ({ name, answers: await answersOf(port) }))),
      );
      const open: Record<string, string[]> = {};
      for (const { name, answers } of found)
        if (answers.length > 0) (open[name] ??= []).push(...answers.toSorted());
      expect(open).to.deep.equal(OPEN);
    });

    it("at each Unix socket", async () => {
      const sockets = running.flatMap(({ pid }) => unixListeners(pid));
      expect(await asAnotherUser(() => Promise.all(sockets.map(opens)))).not.to.include(true);
    });

    it("who wants to read its keys and data", async function () {
      if (process.geteuid?.() !== 0) return;
      const refused = await asAnotherUser(async () => {
        const reads = [readdir(paths.cluster), readFile(paths.kubeconfig), readdir(clusterFiles(paths).pki)];
        return (await Promise.allSettled(reads)).map(({ status }) => status);
      });
      expect(refused).to.deep.equal(["rejected", "rejected", "rejected"]);
    });
  });

  describe("it runs", () => {
    const ns = "workloads";
    before(() => kubectl.create(namespace(ns)));

    it("a Deployment, and deletes it in the foreground with all objects that it owns", async () => {
      await kubectl.create(deployment("web", ns, 3));
      await kubectl.run(`-n ${ns} rollout status deployment/web --timeout=30s`);
      await kubectl.run(`-n ${ns} delete deployment web --cascade=foreground --timeout=30s`);
      expect(await kubectl.value(`-n ${ns} pods,replicasets -l app=web`, ".items[*].metadata.name")).to.equal(
        "",
      );
    });

    for (const [mode, storageClass] of [
      ["WaitForFirstConsumer", undefined],
      ["Immediate", "immediate"],
    ] as const) {
      it(`a StatefulSet with ${mode} volumes, and removes the volumes with their claims`, async () => {
        const name = mode.toLowerCase();
        await kubectl.create(statefulSet(name, ns, storageClass));
        await kubectl.run(`-n ${ns} rollout status statefulset/${name} --timeout=30s`);
        const volumes = await kubectl.value(`-n ${ns} pvc -l app=${name}`, ".items[*].spec.volumeName");
        expect(volumes.split(" ")).to.have.lengthOf(2);
        expect(await kubectl.value(`-n ${ns} pvc -l app=${name}`, ".items[*].status.phase")).to.equal(
          "Bound Bound",
        );
        await kubectl.run(`-n ${ns} delete statefulset ${name} --cascade=foreground --timeout=30s`);
        await kubectl.run(`-n ${ns} delete pvc -l app=${name} --timeout=30s`);
        await eventually(
          () => kubectl.run(`get pv ${volumes} --ignore-not-found -o name`),
          (left) => left === "",
        );
      });
    }

    it("no volume for a claim that waits for its first consumer", async () => {
      const claim = (name: string, storageClassName: string): object => ({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name, namespace: ns },
        spec: {
          storageClassName,
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        },
      });
      await kubectl.create(claim("patient", "standard"), claim("eager", "immediate"));
      await kubectl.run(`-n ${ns} wait pvc/eager --for=jsonpath={.status.phase}=Bound --timeout=30s`);
      expect(await kubectl.value(`-n ${ns} pvc/patient`, ".status.phase")).to.equal("Pending");
    });

    it("a Job to its end", async () => {
      await kubectl.create(job("migrate", ns));
      await kubectl.run(`-n ${ns} wait job/migrate --for=condition=Complete --timeout=30s`);
    });

    it("LoadBalancer Services, each with an address from a documentation network", async () => {
      await kubectl.run(`-n ${ns} create service loadbalancer one --tcp=80`);
      await kubectl.run(`-n ${ns} create service loadbalancer two --tcp=80`);
      const address = (name: string): Promise<string> =>
        eventually(
          () => kubectl.value(`-n ${ns} service/${name}`, ".status.loadBalancer.ingress[0].ip"),
          (ip) => ip !== "",
        );
      expect(await address("one")).not.to.equal(await address("two"));
      expect(await kubectl.value(`-n ${ns} service/one`, ".spec.clusterIP")).to.match(/^10\.96\./);
    });

    it("an Ingress with a name", async () => {
      await kubectl.run(`-n ${ns} create ingress web --rule=chat.example/*=one:80`);
      await eventually(
        () => kubectl.value(`-n ${ns} ingress/web`, ".status.loadBalancer.ingress[0].hostname"),
        (hostname) => hostname !== "",
      );
    });

    it("a pod with 8 GPUs on the one node that has them, and none with 100", async () => {
      const gpus = (count: number): object => ({ resources: { limits: { "nvidia.com/gpu": count } } });
      await kubectl.create(pod("eight", ns, gpus(8)), pod("hundred", ns, gpus(100)));
      await kubectl.run(`-n ${ns} wait pod/eight --for=condition=Ready --timeout=30s`);
      const node = await kubectl.value(`-n ${ns} pod/eight`, ".spec.nodeName");
      expect(await kubectl.value(`node/${node}`, ".status.allocatable.nvidia\\.com/gpu")).to.equal("8");
      const reason = await eventually(
        () => kubectl.value(`-n ${ns} pod/hundred`, ".status.conditions[0].message"),
        (message) => message !== "",
      );
      expect(reason).to.contain("Insufficient nvidia.com/gpu");
    });

    it("no pod whose image is missing, until the image exists", async () => {
      await kubectl.create(deployment("typo", ns, 1, { image: "registry.example/app:missing" }));
      await eventually(
        () =>
          kubectl.value(
            `-n ${ns} pods -l app=typo`,
            ".items[*].status.containerStatuses[*].state.waiting.reason",
          ),
        (reason) => reason === "ImagePullBackOff",
      );
      expect(await kubectl.value(`-n ${ns} deployment/typo`, ".status.readyReplicas")).to.equal("");
      await kubectl.run(`-n ${ns} set image deployment/typo app=registry.example/app:1.0.1`);
      await kubectl.run(`-n ${ns} rollout status deployment/typo --timeout=30s`);
    });

    it("objects that are deleted with their namespace", async () => {
      await kubectl.run(`delete namespace ${ns} --timeout=60s`);
      expect(
        await kubectl.run(`get pv -o jsonpath={.items[?(@.spec.claimRef.namespace=="${ns}")].metadata.name}`),
      ).to.equal("");
    });
  });
});
