import { objectLabels } from "../labels.ts";

interface NamespacePolicy {
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  spec: {
    podSelector: Record<string, never>;
    policyTypes: ("Ingress" | "Egress")[];
    egress?: {
      to: {
        namespaceSelector: { matchLabels: Record<string, string> };
        podSelector: { matchLabels: Record<string, string> };
      }[];
      ports: { protocol: "TCP" | "UDP"; port: number }[];
    }[];
  };
}

/** Nothing enters or leaves any pod of the namespace, but for what another policy allows: policies add up. */
export function renderDefaultDeny(namespace: string): NamespacePolicy {
  return {
    metadata: { name: "default-deny", namespace, labels: objectLabels(namespace) },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  };
}

/**
 * Every pod may ask the cluster's own DNS pods, and nobody else on those ports: a rule for "port 53 anywhere" would be
 * a tunnel (S0.46). OpenShift's DNS pods listen on 5353, and a policy sees the packet after the Service's address
 * translation, so its port is the pod's. NodeLocal DNSCache listens on a node address and needs a rule of its own.
 */
export function renderAllowDns(namespace: string): NamespacePolicy {
  return {
    metadata: { name: "allow-dns", namespace, labels: objectLabels(namespace) },
    spec: {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        dnsRule("kube-system", { "k8s-app": "kube-dns" }, 53),
        dnsRule("openshift-dns", { "dns.operator.openshift.io/daemonset-dns": "default" }, 5353),
      ],
    },
  };
}

function dnsRule(namespace: string, podLabels: Record<string, string>, port: number) {
  return {
    to: [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
        podSelector: { matchLabels: podLabels },
      },
    ],
    ports: [
      { protocol: "UDP" as const, port },
      { protocol: "TCP" as const, port },
    ],
  };
}
