// Who enforces network policies, told by the cluster's own objects: facts about network plugins, and nothing else.

/** What is read of a container. */
export interface Container {
  readonly name: string;
  readonly image?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
}

/** The objects that an enforcer is known by. */
export interface Evidence {
  readonly containers: readonly Container[];
  /** Data of its ConfigMap, where it has one. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface Verdict {
  /** Never "yes" for what only may be so. */
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
  /** Where that can be read. */
  readonly source: string;
}

/** What a stack can say that no object tells. */
export const CLAIMS = ["unknown", "confirmed", "simulated"] as const;

const yes = (reason: string): Verdict => ({ enforced: "yes", reason });
const no = (reason: string): Verdict => ({ enforced: "no", reason });
const unknown = (reason: string): Verdict => ({ enforced: "unknown", reason });

const inKubeSystem = (name: string): Place => ({ namespace: "kube-system", name });
const always = (what: string) => () => yes(`${what} enforces network policies`);
const wordsOf = ({ command = [], args = [] }: Container): readonly string[] => [...command, ...args];
const container = ({ containers }: Evidence, name: RegExp) => containers.find((each) => name.test(each.name));

/** `--flag` alone means true, as in Go's flag packages. */
function flag(from: Container, name: string): string | undefined {
  const found = wordsOf(from).findLast((word) => word.split("=")[0]?.replace(/^--?/, "") === name);
  return found === undefined ? undefined : (found.split("=")[1] ?? "true");
}

/** Network plugins by the name that a stack gives them. Each is a DaemonSet of a known name: nothing else can be read by it. */
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

/** Network plugins that enforce nothing, whatever they are told. */
export const NOT_ENFORCING: readonly Place[] = [
  { namespace: "kube-flannel", name: "kube-flannel-ds" },
  inKubeSystem("kube-flannel-ds"),
];

/**
 * The agent alone enforces nothing: a controller in the control plane, which comes with the managed add-on, has to hand it
 * the policies, and no object of the cluster tells whether it is there.
 */
function judgeAws(evidence: Evidence): Verdict {
  const agent = container(evidence, /^(aws-eks-nodeagent|aws-network-policy-agent)$/);
  if (agent === undefined) return no("the VPC CNI runs without its network policy agent");
  return flag(agent, "enable-network-policy") === "true"
    ? unknown("the agent of the VPC CNI is on; whether the control plane's controller is, no object tells")
    : no("the network policy agent of the VPC CNI is off (--enable-network-policy)");
}

function judgeCilium({ settings }: Evidence): Verdict {
  if (settings["enable-policy"] === "never")
    return no('Cilium is told to enforce nothing (enable-policy "never")');
  if (settings["policy-audit-mode"] === "true")
    return no("Cilium only reports what policies forbid (policy-audit-mode)");
  if (settings["enable-k8s-networkpolicy"] === "false")
    return no("Cilium leaves Kubernetes' network policies out (enable-k8s-networkpolicy)");
  return yes("Cilium enforces network policies");
}

/** kind has enforced them since v0.24.0, whose kindnetd is of 2024-08-13; before the merge of 2024-07-23 it never did. */
function judgeKindnet(evidence: Evidence): Verdict {
  const agent = container(evidence, /^kindnet/);
  const off = agent === undefined ? undefined : flag(agent, "network-policy");
  if (off === "false") return no("kindnet's network policies are off (--network-policy)");
  const date = Number(/:v(20\d{6})-/.exec(agent?.image ?? "")?.[1]);
  if (date >= 20240813) return yes("kindnet enforces network policies since kind v0.24.0");
  if (date < 20240723)
    return no("kindnet enforces network policies since kind v0.24.0, and this one is older");
  return unknown(`kindnet is of no version that tells: ${agent?.image ?? "no container"}`);
}

/** The firewall is on unless it is switched off. */
function judgeKubeRouter(evidence: Evidence): Verdict {
  const agent = container(evidence, /^kube-router$/);
  if (agent === undefined) return unknown("kube-router's container has another name");
  return flag(agent, "run-firewall") === "false"
    ? no("kube-router's firewall is off (--run-firewall)")
    : yes("kube-router enforces network policies");
}
