// Renders the files that the node's programs read, from the settings. Paths are those inside the node.
import { stringify } from "yaml";
import {
  clusterDomain,
  clusterName,
  inside,
  liveFiles,
  network,
  nodeName,
  registryAddress,
} from "./layout.ts";
import type { Settings } from "./layout.ts";

const files = liveFiles(inside);

export const containerdSocket = "/run/containerd/containerd.sock";
/** The pause image, which holds the namespaces of each pod. It is imported at the start and needs no registry. */
export const pauseImage = "sandbox.llm-platform/pod-probe:1";
export const corednsImage = "sandbox.llm-platform/coredns:1";
/** The socket on which the CNI plugin announces a new pod to the enforcer of network policies. */
export const enforcerSocket = "/run/network-policy.sock";
export const enforcerPlugin = "sandbox-network-policy";
/** For pods with `dnsPolicy: Default`. There is no name server outside the cluster. */
export const resolvConf = "/run/resolv.conf";
/** Programs that are created at the start: `nft` with its own libraries, and the enforcer's CNI plugin. */
export const wrappers = "/run/bin";

const toml = (value: unknown): string => JSON.stringify(value);

function containerd({ programs, cniPlugins }: Settings): string {
  return `version = 3
root = ${toml(files.containerd)}
state = "/run/containerd"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
address = ${toml(containerdSocket)}

[plugins.'io.containerd.cri.v1.images']
snapshotter = "overlayfs"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = ${toml(pauseImage)}
[plugins.'io.containerd.cri.v1.images'.registry]
config_path = ${toml(`${files.configuration}/registries`)}

[plugins.'io.containerd.cri.v1.runtime']
# Without CAP_SYS_RESOURCE no process may lower its score, and no pod would start.
restrict_oom_score_adj = true
disable_apparmor = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = [${toml(wrappers)}, ${toml(cniPlugins)}]
conf_dir = ${toml(`${files.configuration}/cni`)}
[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = "runc"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = ${toml(programs["runc"])}
SystemdCgroup = false
`;
}

/** Every image reference is resolved in the one registry inside. An image that is not there is missing. */
const registries = `server = "http://${registryAddress}"

[host."http://${registryAddress}"]
capabilities = ["pull", "resolve"]
`;

const cni = {
  cniVersion: "1.0.0",
  name: "pods",
  plugins: [
    {
      type: "ptp",
      mtu: 1500,
      ipam: {
        type: "host-local",
        dataDir: "/run/cni/addresses",
        ranges: [[{ subnet: network.pods }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
    { type: "portmap", capabilities: { portMappings: true }, backend: "nftables" },
    { type: enforcerPlugin },
  ],
};

function kubelet({ cgroup }: Settings): unknown {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: network.node,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${files.pki}/ca.crt` },
    },
    authorization: { mode: "Webhook" },
    clusterDNS: [network.dns],
    clusterDomain,
    resolvConf,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroup}`,
    failCgroupV1: false,
    enforceNodeAllocatable: ["pods"],
    // The kubelet must not write settings that belong to the whole machine (see inside/machine.ts).
    protectKernelDefaults: true,
    makeIPTablesUtilChains: false,
    failSwapOn: false,
    // The sandbox does not monitor the machine's disk.
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    maxParallelImagePulls: 2,
    podLogsDir: `${files.root}/pod-logs`,
    volumePluginDir: "/run/kubelet-plugins",
  };
}

const kubeProxy = {
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode: "nftables",
  hostnameOverride: nodeName,
  bindAddress: network.node,
  healthzBindAddress: "127.0.0.1:10256",
  metricsBindAddress: "127.0.0.1:10249",
  clientConnection: { kubeconfig: `${files.kubeconfigs}/kube-proxy.conf` },
  clusterCIDR: network.pods,
  detectLocalMode: "ClusterCIDR",
  // 0: leave it. These settings belong to the whole machine.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
};

const kubeadmVersion = "kubeadm.k8s.io/v1beta4";

function kubeadm(kubernetesVersion: string): string {
  const initConfiguration = {
    apiVersion: kubeadmVersion,
    kind: "InitConfiguration",
    localAPIEndpoint: { advertiseAddress: network.node, bindPort: network.apiPort },
    nodeRegistration: { name: nodeName, criSocket: `unix://${containerdSocket}` },
  };
  const clusterConfiguration = {
    apiVersion: kubeadmVersion,
    kind: "ClusterConfiguration",
    clusterName,
    kubernetesVersion,
    certificatesDir: files.pki,
    encryptionAlgorithm: "ECDSA-P256",
    networking: { serviceSubnet: network.services, podSubnet: network.pods, dnsDomain: clusterDomain },
    // Clients outside connect through the loopback of the machine.
    apiServer: { certSANs: ["127.0.0.1", "localhost"] },
    // etcd needs no keys, because it listens on the node's own loopback.
    etcd: { external: { endpoints: ["http://127.0.0.1:2379"] } },
  };
  return [initConfiguration, clusterConfiguration].map((document) => stringify(document)).join("---\n");
}

/** File names under the configuration folder, and their contents. */
export function renderConfiguration(settings: Settings, kubernetesVersion: string): Record<string, string> {
  return {
    "containerd.toml": containerd(settings),
    "registries/_default/hosts.toml": registries,
    "cni/pods.conflist": JSON.stringify(cni, undefined, 2),
    "kubelet.yaml": stringify(kubelet(settings)),
    "kube-proxy.yaml": stringify(kubeProxy),
    "kubeadm.yaml": kubeadm(kubernetesVersion),
  };
}
