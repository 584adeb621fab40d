// Facts about network plugins: how a cluster's objects show which plugin enforces network policies.

/** The part of a container that is read. */
export interface Container {
  readonly name: string;
  readonly image?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
}

/** The objects that identify an enforcer. */
export interface Evidence {
  readonly containers: readonly Container[];
  /** Data of its ConfigMap, if it has one. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface Verdict {
  /** "yes" only if it is certain. */
  readonly enforced: "yes" | "no" | "unknown";
  readonly reason: string;
}

export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export interface Enforcer {
  readonly daemonSet: Place;
  readonly configMap?: Place;
  readonly judge: (evidence: Evidence) => Verdict;
  /** The upstream page with this fact. */
  readonly source: string;
}

/** Values that a stack can set and that no object shows. */
export const CLAIMS = ["unknown", "confirmed", "simulated"] as const;

const yes = (reason: string): Verdict => ({ enforced: "yes", reason });
const no = (reason: string): Verdict => ({ enforced: "no", reason });
const unknown = (reason: string): Verdict => ({ enforced: "unknown", reason });

const inKubeSystem = (name: string): Place => ({ namespace: "kube-system", name });
const always = (what: string) => () => yes(`${what} enforces network policies`);
const wordsOf = ({ command = [], args = [] }: Container): readonly string[] => [...command, ...args];
const container = ({ containers }: Evidence, name: RegExp) => containers.find((each) => name.test(each.name));

/** `--flag` without a value means true, as in Go's flag packages. */
function flag(from: Container, name: string): string | undefined {
  const found = wordsOf(from).findLast((word) => word.split("=")[0]?.replace(/^--?/, "") === name);
  return found === undefined ? undefined : (found.split("=")[1] ?? "true");
}

/** Network plugins by their name in `network.enforcer`. Each is a DaemonSet with a known name, so that it can be read. */
export const ENFORCERS = {
  antrea: {
    daemonSet: inKubeSystem("antrea-agent"),
    judge: always("Antrea"),
    source: "https://github.com/antrea-io/antrea/blob/main/docs/design/architecture.md",
  },
  "aws-vpc-cni": {
    daemonSet: inKubeSystem("aws-node"),
    judge: judgeAws,
    source: "https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html",
  },
  "azure-npm": {
    daemonSet: inKubeSystem("azure-npm"),
    judge: always("Azure Network Policy Manager"),
    source: "https://github.com/Azure/azure-container-networking/blob/master/docs/npm.md",
  },
  calico: {
    daemonSet: { namespace: "calico-system", name: "calico-node" },
    judge: always("Calico"),
    source: "https://docs.tigera.io/calico/latest/operations/operator-migration",
  },
  "calico-manifest": {
    daemonSet: inKubeSystem("calico-node"),
    judge: always("Calico"),
    source: "https://docs.tigera.io/calico/latest/operations/operator-migration",
  },
  canal: {
    daemonSet: inKubeSystem("canal"),
    judge: always("Calico beside flannel"),
    source: "https://docs.tigera.io/calico/latest/getting-started/kubernetes/flannel/install-for-flannel",
  },
  cilium: {
    daemonSet: inKubeSystem("cilium"),
    configMap: inKubeSystem("cilium-config"),
    judge: judgeCilium,
    source: "https://docs.cilium.io/en/stable/security/policy/intro/",
  },
  "gke-dataplane-v2": {
    daemonSet: inKubeSystem("anetd"),
    judge: always("GKE Dataplane V2"),
    source: "https://docs.cloud.google.com/kubernetes-engine/docs/concepts/dataplane-v2",
  },
  kindnet: {
    daemonSet: inKubeSystem("kindnet"),
    judge: judgeKindnet,
    source: "https://github.com/kubernetes-sigs/kind/releases/tag/v0.24.0",
  },
  "kube-router": {
    daemonSet: inKubeSystem("kube-router"),
    judge: judgeKubeRouter,
    source:
      "https://github.com/cloudnativelabs/kube-router/blob/master/daemonset/kubeadm-kuberouter-all-features.yaml",
  },
  "ovn-kubernetes": {
    daemonSet: { namespace: "openshift-ovn-kubernetes", name: "ovnkube-node" },
    judge: always("OVN-Kubernetes"),
    source: "https://github.com/openshift/cluster-network-operator",
  },
  "weave-net": {
    daemonSet: inKubeSystem("weave-net"),
    judge: (evidence) =>
      container(evidence, /^weave-npc$/)
        ? yes("Weave Net runs its network policy controller")
        : no("Weave Net runs without its network policy controller (weave-npc)"),
    source: "https://github.com/weaveworks/weave",
  },
} as const satisfies Record<string, Enforcer>;

/** Network plugins that never enforce network policies. */
export const NOT_ENFORCING: readonly Place[] = [
  { namespace: "kube-flannel", name: "kube-flannel-ds" },
  inKubeSystem("kube-flannel-ds"),
];

/**
 * The agent gets the policies from a controller in the control plane, which comes with the managed add-on. No object of the
 * cluster shows whether that controller runs.
 */
function judgeAws(evidence: Evidence): Verdict {
  const agent = container(evidence, /^(aws-eks-nodeagent|aws-network-policy-agent)$/);
  if (agent === undefined) return no("the VPC CNI runs without its network policy agent");
  return flag(agent, "enable-network-policy") === "true"
    ? unknown(
        "the agent of the VPC CNI is on; whether the controller in the control plane is on cannot be seen from the cluster's objects",
      )
    : no("the network policy agent of the VPC CNI is off (--enable-network-policy)");
}

function judgeCilium({ settings }: Evidence): Verdict {
  if (settings["enable-policy"] === "never")
    return no('Cilium does not enforce policies (enable-policy "never")');
  if (settings["policy-audit-mode"] === "true")
    return no("Cilium only reports what policies forbid (policy-audit-mode)");
  if (settings["enable-k8s-networkpolicy"] === "false")
    return no("Cilium ignores Kubernetes network policies (enable-k8s-networkpolicy)");
  return yes("Cilium enforces network policies");
}

/** kind enforces network policies since v0.24.0, with the kindnetd of 2024-08-13, and never before the merge of 2024-07-23. */
function judgeKindnet(evidence: Evidence): Verdict {
  const agent = container(evidence, /^kindnet/);
  const off = agent === undefined ? undefined : flag(agent, "network-policy");
  if (off === "false") return no("kindnet's network policies are off (--network-policy)");
  const date = Number(/:v(20\d{6})-/.exec(agent?.image ?? "")?.[1]);
  if (date >= 20240813) return yes("kindnet enforces network policies since kind v0.24.0");
  if (date < 20240723)
    return no("kindnet enforces network policies since kind v0.24.0, and this one is older");
  return unknown(`the version of kindnet is unknown: ${agent?.image ?? "no container"}`);
}

/** The firewall is on by default. */
function judgeKubeRouter(evidence: Evidence): Verdict {
  const agent = container(evidence, /^kube-router$/);
  if (agent === undefined) return unknown("kube-router's container has another name");
  return flag(agent, "run-firewall") === "false"
    ? no("kube-router's firewall is off (--run-firewall)")
    : yes("kube-router enforces network policies");
}
