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

/** Denies all traffic of every pod in the namespace. Other policies add exceptions. */
export function renderDefaultDeny(namespace: string): NamespacePolicy {
  return {
    metadata: { name: "default-deny", namespace, labels: objectLabels(namespace) },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  };
}

/**
 * Lets every pod reach the DNS pods of the cluster, and no other pod on these ports. A rule for port 53 of any pod
 * would allow a tunnel. OpenShift's DNS pods listen on 5353, and policies match the pod port. NodeLocal DNSCache
 * listens on a node address and needs its own rule (docs/references.md#dns-egress).
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
