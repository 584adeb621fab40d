// The file that kwokctl makes the cluster from. Pure: the same input gives the same text, and its hash says
// whether a running cluster is still the one that we would make today.
import { join } from "node:path";
import { stringify } from "yaml";
import type { ToolPaths } from "../tools/ensure.ts";
import type { ComponentName, Ports } from "./layout.ts";
import { componentNames } from "./layout.ts";

const serviceCidr = "10.96.0.0/16";
const podCidr = "10.128.0.0/16";

/** Flags that kwokctl has no option for. */
const extraFlags: Readonly<Record<ComponentName, Readonly<Record<string, string>>>> = {
  etcd: { "unsafe-no-fsync": "true" },
  "kube-apiserver": {
    "service-cluster-ip-range": serviceCidr,
    "enable-admission-plugins": "NodeRestriction",
    // No client uses the Service of the API server, and no object may contain an address of the machine.
    "advertise-address": "127.0.0.1",
    "endpoint-reconciler-type": "none",
  },
  "kube-controller-manager": {
    "leader-elect": "false",
    // `false` fails without a word: no pod is ever made. It needs the QPS below, or the start takes twice as long.
    "use-service-account-credentials": "true",
    "kube-api-qps": "500",
    "kube-api-burst": "500",
    "pvclaimbinder-sync-period": "5s",
  },
  "kube-scheduler": { "leader-elect": "false" },
  "kwok-controller": {
    // No port: kwok has no login, and it serves a profiler.
    "node-port": "0",
    "server-address": "",
    // kwok's own default has room for 254 pods.
    cidr: podCidr,
    // No leases: a kwok that is started over old data would wait minutes until those of its predecessor expire.
    // The heartbeat is the node's status (stages/nodes.yaml), well within kwokctl's grace period of 200 s.
    "node-lease-duration-seconds": "0",
  },
};

type Flags = Readonly<Record<string, string>>;

/**
 * Flags that replace those of kwokctl. Without them every local user can read and write etcd, which holds Secrets in
 * clear. etcd accepts certificates of the cluster's authority only.
 */
function otherFlags(ports: Ports, pki: string): Partial<Record<ComponentName, { set: Flags; add: Flags }>> {
  const client = `https://127.0.0.1:${ports.etcd}`;
  const peer = `https://127.0.0.1:${ports.etcdPeer}`;
  const [ca, cert, key] = ["ca.crt", "admin.crt", "admin.key"].map((file) => join(pki, file)) as [
    string,
    string,
    string,
  ];
  // For the probes of ./health.ts. kwokctl adds /metrics.
  const open = { "authorization-always-allow-paths": "/healthz" };
  return {
    etcd: {
      set: {
        "initial-advertise-peer-urls": peer,
        "listen-peer-urls": peer,
        "advertise-client-urls": client,
        "listen-client-urls": client,
        "initial-cluster": `node0=${peer}`,
      },
      add: {
        "client-cert-auth": "true",
        "trusted-ca-file": ca,
        "cert-file": cert,
        "key-file": key,
        "peer-client-cert-auth": "true",
        "peer-trusted-ca-file": ca,
        "peer-cert-file": cert,
        "peer-key-file": key,
      },
    },
    "kube-apiserver": {
      set: { "etcd-servers": client },
      add: { "etcd-cafile": ca, "etcd-certfile": cert, "etcd-keyfile": key },
    },
    "kube-controller-manager": { set: open, add: {} },
    "kube-scheduler": { set: open, add: {} },
  };
}

/**
 * A control plane that listens only on 127.0.0.1, with authorization, admission, and the kwok stages of the sandbox.
 * @param pki the folder of the keys that kwokctl creates
 */
export function renderConfiguration(
  tools: ToolPaths<"kubernetes" | "kwok">,
  ports: Ports,
  pki: string,
  stages: readonly string[],
): string {
  const others = otherFlags(ports, pki);
  const cluster = {
    apiVersion: "config.kwok.x-k8s.io/v1alpha1",
    kind: "KwokctlConfiguration",
    options: {
      runtime: "binary",
      bindAddress: "127.0.0.1",
      securePort: true,
      kubeAuthorization: true,
      kubeAdmission: true,
      etcdPort: ports.etcd,
      etcdPeerPort: ports.etcdPeer,
      kubeApiserverPort: ports["kube-apiserver"],
      kubeControllerManagerPort: ports["kube-controller-manager"],
      kubeSchedulerPort: ports["kube-scheduler"],
      etcdBinary: tools.etcd,
      kubeApiserverBinary: tools.kubeApiserver,
      kubeControllerManagerBinary: tools.kubeControllerManager,
      kubeSchedulerBinary: tools.kubeScheduler,
      // kwokctl asks it until the API server answers, for two minutes when a component has died. We ask ourselves,
      // and look for dead components too.
      kubectlBinary: "/bin/true",
      kwokControllerBinary: tools.kwok,
    },
    componentsPatches: componentNames.map((name) => ({
      name,
      extraArgs: [
        ...Object.entries(others[name]?.set ?? {}).map(([key, value]) => ({ key, value, override: true })),
        ...Object.entries({ ...others[name]?.add, ...extraFlags[name] }).map(([key, value]) => ({
          key,
          value,
        })),
      ],
    })),
  };
  return [stringify(cluster), ...stages].join("---\n");
}
