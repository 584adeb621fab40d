// The node's programs and their arguments. All of them listen only inside the node's own network.
import { containerdSocket } from "../configuration.ts";
import { inside, liveFiles, network, nodeName } from "../layout.ts";
import type { Component, Settings } from "../layout.ts";

const files = liveFiles(inside);

const flags = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`);

const pki = (name: string): string => `${files.pki}/${name}`;
const kubeconfig = (name: string): string => `${files.kubeconfigs}/${name}.conf`;

const apiserver = {
  "etcd-servers": "http://127.0.0.1:2379",
  "advertise-address": network.node,
  "secure-port": String(network.apiPort),
  "authorization-mode": "Node,RBAC",
  "enable-admission-plugins": "NodeRestriction",
  "allow-privileged": "true",
  "service-cluster-ip-range": network.services,
  "client-ca-file": pki("ca.crt"),
  "tls-cert-file": pki("apiserver.crt"),
  "tls-private-key-file": pki("apiserver.key"),
  "kubelet-client-certificate": pki("apiserver-kubelet-client.crt"),
  "kubelet-client-key": pki("apiserver-kubelet-client.key"),
  "kubelet-preferred-address-types": "InternalIP",
  "service-account-key-file": pki("sa.pub"),
  "service-account-signing-key-file": pki("sa.key"),
  "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
  "requestheader-client-ca-file": pki("front-proxy-ca.crt"),
  "requestheader-allowed-names": "front-proxy-client",
  "requestheader-extra-headers-prefix": "X-Remote-Extra-",
  "requestheader-group-headers": "X-Remote-Group",
  "requestheader-username-headers": "X-Remote-User",
  "proxy-client-cert-file": pki("front-proxy-client.crt"),
  "proxy-client-key-file": pki("front-proxy-client.key"),
};

const controllerManager = {
  kubeconfig: kubeconfig("controller-manager"),
  "leader-elect": "false",
  // `false` fails silently, and no pod is created. It needs the QPS below, or the start takes twice as long.
  "use-service-account-credentials": "true",
  "kube-api-qps": "500",
  "kube-api-burst": "500",
  "service-account-private-key-file": pki("sa.key"),
  "root-ca-file": pki("ca.crt"),
  "cluster-signing-cert-file": pki("ca.crt"),
  "cluster-signing-key-file": pki("ca.key"),
  "pvclaimbinder-sync-period": "5s",
};

/** Label of the nodes that kwok simulates. */
const simulatedLabel = "sandbox.llm-platform/simulated";

export function components({ programs }: Settings, kwokStages: string): Component[] {
  const program = (name: string): string => {
    const found = programs[name];
    if (found === undefined) throw new Error(`The settings name no program for ${name}.`);
    return found;
  };
  return [
    {
      name: "etcd",
      program: program("etcd"),
      args: flags({
        "data-dir": files.etcd,
        "listen-client-urls": "http://127.0.0.1:2379",
        "advertise-client-urls": "http://127.0.0.1:2379",
        "listen-peer-urls": "http://127.0.0.1:2380",
        "unsafe-no-fsync": "true",
      }),
    },
    { name: "kube-apiserver", program: program("kubeApiserver"), args: flags(apiserver) },
    {
      name: "kube-controller-manager",
      program: program("kubeControllerManager"),
      args: flags(controllerManager),
    },
    {
      name: "kube-scheduler",
      program: program("kubeScheduler"),
      args: flags({ kubeconfig: kubeconfig("scheduler"), "leader-elect": "false" }),
    },
    {
      name: "kwok",
      program: program("kwok"),
      args: flags({
        kubeconfig: kubeconfig("super-admin"),
        config: kwokStages,
        "manage-nodes-with-label-selector": simulatedLabel,
        "node-lease-duration-seconds": "40",
        cidr: "10.128.0.0/16",
      }),
    },
    {
      name: "containerd",
      program: program("containerd"),
      args: ["--config", `${files.configuration}/containerd.toml`],
    },
    {
      name: "kubelet",
      program: program("kubelet"),
      args: flags({
        config: `${files.configuration}/kubelet.yaml`,
        kubeconfig: kubeconfig("kubelet"),
        "hostname-override": nodeName,
        "node-ip": network.node,
        "root-dir": files.kubelet,
      }),
    },
    {
      name: "kube-proxy",
      program: program("kubeProxy"),
      args: flags({ config: `${files.configuration}/kube-proxy.yaml` }),
    },
  ];
}

/** ctr against the node's containerd, in the namespace that the kubelet's images live in. */
export const ctrArguments = ["--address", containerdSocket, "--namespace", "k8s.io"] as const;
