// The parts of Kubernetes objects that network policies use.

export type Labels = Readonly<Record<string, string>>;

export interface Requirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

export interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly Requirement[];
}

export type Protocol = "TCP" | "UDP" | "SCTP";

export interface PolicyPort {
  readonly protocol?: Protocol;
  readonly port?: number | string;
  readonly endPort?: number;
}

export interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface IngressRule {
  readonly ports?: readonly PolicyPort[];
  readonly from?: readonly Peer[];
}

interface EgressRule {
  readonly ports?: readonly PolicyPort[];
  readonly to?: readonly Peer[];
}

export interface Policy {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly podSelector?: Selector;
    readonly policyTypes?: readonly ("Ingress" | "Egress")[];
    readonly ingress?: readonly IngressRule[];
    readonly egress?: readonly EgressRule[];
  };
}

/** A pod that has an address. */
export interface KnownPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly address: string;
  readonly ports: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol?: Protocol;
  }[];
}

export interface ClusterState {
  readonly policies: readonly Policy[];
  readonly pods: readonly KnownPod[];
  /** Labels by name of the namespace. */
  readonly namespaces: ReadonlyMap<string, Labels>;
}
