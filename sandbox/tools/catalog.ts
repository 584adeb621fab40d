// The tools and how each is built. Their versions are in the go.mod files under sandbox/tools/.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toolModules } from "../paths.ts";

/** Tools for a sandbox with simulated pods. */
export const toolNames = ["kubernetes", "pulumi", "kwok", "helm"] as const;
/** Additional tools for the live sandbox, whose node runs pods. */
export const liveToolNames = [
  "containerd",
  "runc",
  "cni",
  "coredns",
  "pod-probe",
  "crane",
  "nats-server",
  "etcd",
] as const;
/** Tools that only tests use. */
export const testToolNames = ["cyclonus", "kyverno"] as const;
/** Only stacks that turn the feature on build it. */
type FeatureToolName = "kueue";
export type SandboxToolName = (typeof toolNames)[number];
export type ToolName =
  SandboxToolName | FeatureToolName | (typeof liveToolNames)[number] | (typeof testToolNames)[number];

/** The programs of each tool: the name in code, and the name of the file. */
export const binaries = {
  kubernetes: {
    kubectl: "kubectl",
    kubeApiserver: "kube-apiserver",
    kubeControllerManager: "kube-controller-manager",
    kubeScheduler: "kube-scheduler",
    etcd: "etcd",
    kubelet: "kubelet",
    kubeProxy: "kube-proxy",
    kubeadm: "kubeadm",
  },
  pulumi: { pulumi: "pulumi" },
  kwok: { kwok: "kwok", kwokctl: "kwokctl" },
  helm: { helm: "helm" },
  crane: { crane: "crane" },
  "nats-server": { natsServer: "nats-server" },
  // Separate from the API server: a fifth of the size, and with its client.
  etcd: { etcdServer: "server", etcdctl: "etcdctl" },
  containerd: { containerd: "containerd", containerdShim: "containerd-shim-runc-v2", ctr: "ctr" },
  runc: { runc: "runc" },
  cni: { cniPtp: "ptp", cniHostLocal: "host-local", cniLoopback: "loopback", cniPortmap: "portmap" },
  coredns: { coredns: "coredns" },
  "pod-probe": { podProbe: "pod-probe" },
  cyclonus: { cyclonus: "cyclonus" },
  // One checks files, the other serves the API server.
  kyverno: { kyvernoCli: "kubectl-kyverno", kyvernoAdmission: "kyverno" },
  kueue: { kueue: "kueue" },
} as const satisfies Record<ToolName, Record<string, string>>;

type BinaryOf<N extends ToolName> = N extends ToolName ? keyof (typeof binaries)[N] : never;

/** Absolute paths of the programs of the tools N. */
export type ToolPaths<N extends ToolName = SandboxToolName> = { readonly [B in BinaryOf<N>]: string };

type VersionOf = (module: string) => string;

export interface Tool {
  readonly name: ToolName;
  /** The module whose version is the version of the tool. */
  readonly module: string;
  readonly packages: readonly string[];
  /** A multi-call binary: its programs are links to it. */
  readonly multiCall?: string;
  readonly tags?: string;
  /** The Debian packages with the C libraries that are linked statically. They are unpacked into the cache. */
  readonly staticLibraries?: readonly string[];
  /** Go variables that are set at link time, from the versions in go.mod. */
  readonly variables: (versionOf: VersionOf) => Record<string, string>;
  /** Measured on 2 idle cores with empty caches. */
  readonly expectedSeconds: number;
  /** What a cold build adds to Go's module and build caches. */
  readonly diskGb: number;
}

/** `v1.36.3` and `v0.36.3` (the libraries of the same release) are both Kubernetes 1.36. */
const kubernetesMinor = (version: string): string => version.split(".")[1] ?? "";

export const catalog: Readonly<Record<ToolName, Tool>> = {
  kubernetes: {
    name: "kubernetes",
    module: "k8s.io/kubernetes",
    packages: ["."],
    multiCall: "kubernetes",
    // The server reports one, kubectl the other. Without them charts with a kubeVersion fail.
    variables: (versionOf) =>
      Object.fromEntries(
        ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) => [
          [`${path}.gitVersion`, versionOf("k8s.io/kubernetes")],
          [`${path}.gitMajor`, "1"],
          [`${path}.gitMinor`, kubernetesMinor(versionOf("k8s.io/kubernetes"))],
          [`${path}.gitTreeState`, "clean"],
        ]),
      ),
    expectedSeconds: 300,
    diskGb: 6,
  },
  pulumi: {
    name: "pulumi",
    module: "github.com/pulumi/pulumi/pkg/v3",
    packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
    tags: "osusergo,grpcnotrace",
    // With its `v`, or the Automation API rejects the CLI.
    variables: (versionOf) => ({
      "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": versionOf(
        "github.com/pulumi/pulumi/pkg/v3",
      ),
    }),
    expectedSeconds: 230,
    diskGb: 3,
  },
  kwok: {
    name: "kwok",
    module: "sigs.k8s.io/kwok",
    packages: ["sigs.k8s.io/kwok/cmd/kwok", "sigs.k8s.io/kwok/cmd/kwokctl"],
    variables: (versionOf) => ({ "sigs.k8s.io/kwok/pkg/consts.Version": versionOf("sigs.k8s.io/kwok") }),
    expectedSeconds: 75,
    diskGb: 1.5,
  },
  helm: {
    name: "helm",
    module: "helm.sh/helm/v3",
    packages: ["helm.sh/helm/v3/cmd/helm"],
    // Without the Kubernetes version, `helm template` assumes 1.20 and rejects newer charts.
    variables: (versionOf) => ({
      "helm.sh/helm/v3/internal/version.version": versionOf("helm.sh/helm/v3"),
      ...Object.fromEntries(
        ["helm.sh/helm/v3/pkg/chartutil", "helm.sh/helm/v3/pkg/lint/rules"].flatMap((path) => [
          [`${path}.k8sVersionMajor`, "1"],
          [`${path}.k8sVersionMinor`, kubernetesMinor(versionOf("k8s.io/client-go"))],
        ]),
      ),
    }),
    expectedSeconds: 60,
    diskGb: 1.5,
  },
  containerd: {
    name: "containerd",
    module: "github.com/containerd/containerd/v2",
    packages: ["containerd", "containerd-shim-runc-v2", "ctr"].map(
      (program) => `github.com/containerd/containerd/v2/cmd/${program}`,
    ),
    tags: "no_btrfs,no_devmapper,no_zfs",
    variables: (versionOf) => ({
      "github.com/containerd/containerd/v2/version.Version": versionOf("github.com/containerd/containerd/v2"),
    }),
    expectedSeconds: 100,
    diskGb: 1.5,
  },
  runc: {
    name: "runc",
    module: "github.com/opencontainers/runc",
    packages: ["github.com/opencontainers/runc"],
    // Without seccomp, runc rejects every pod with the RuntimeDefault profile.
    tags: "netgo,osusergo,seccomp",
    staticLibraries: ["libseccomp-dev"],
    variables: () => ({}),
    expectedSeconds: 25,
    diskGb: 0.5,
  },
  cni: {
    name: "cni",
    module: "github.com/containernetworking/plugins",
    packages: ["main/ptp", "main/loopback", "meta/portmap", "ipam/host-local"].map(
      (plugin) => `github.com/containernetworking/plugins/plugins/${plugin}`,
    ),
    variables: (versionOf) => ({
      "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": versionOf(
        "github.com/containernetworking/plugins",
      ),
    }),
    expectedSeconds: 15,
    diskGb: 0.5,
  },
  coredns: {
    name: "coredns",
    module: "github.com/coredns/coredns",
    packages: ["."],
    variables: () => ({}),
    expectedSeconds: 85,
    diskGb: 1.5,
  },
  "pod-probe": {
    name: "pod-probe",
    // A program of this project that uses only the standard library. Its version is its content.
    module: "llm-platform/sandbox/tools/pod-probe",
    packages: ["."],
    variables: () => ({}),
    expectedSeconds: 10,
    diskGb: 0.2,
  },
  crane: {
    name: "crane",
    module: "github.com/google/go-containerregistry",
    packages: ["github.com/google/go-containerregistry/cmd/crane"],
    variables: (versionOf) => ({
      "github.com/google/go-containerregistry/cmd/crane/cmd.Version": versionOf(
        "github.com/google/go-containerregistry",
      ),
    }),
    expectedSeconds: 30,
    diskGb: 0.3,
  },
  "nats-server": {
    name: "nats-server",
    module: "github.com/nats-io/nats-server/v2",
    packages: ["github.com/nats-io/nats-server/v2"],
    variables: () => ({}),
    expectedSeconds: 30,
    diskGb: 0.3,
  },
  etcd: {
    name: "etcd",
    module: "go.etcd.io/etcd/server/v3",
    packages: ["go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/etcdctl/v3"],
    variables: () => ({}),
    expectedSeconds: 60,
    diskGb: 0.5,
  },
  cyclonus: {
    name: "cyclonus",
    // A small program of this project around its matcher.
    module: "github.com/mattfenwick/cyclonus",
    packages: ["."],
    variables: () => ({}),
    expectedSeconds: 75,
    diskGb: 0.7,
  },
  kyverno: {
    name: "kyverno",
    module: "github.com/kyverno/kyverno",
    // These programs cannot be imported into a multi-call binary. One build shares the compiled packages.
    packages: ["cli/kubectl-kyverno", "kyverno"].map(
      (program) => `github.com/kyverno/kyverno/cmd/${program}`,
    ),
    variables: (versionOf) => ({
      "github.com/kyverno/kyverno/pkg/version.BuildVersion": versionOf("github.com/kyverno/kyverno"),
    }),
    expectedSeconds: 330,
    diskGb: 4.5,
  },
  kueue: {
    name: "kueue",
    module: "sigs.k8s.io/kueue",
    packages: ["sigs.k8s.io/kueue/cmd/kueue"],
    // Without an alpha library that only its simulation of the scheduler uses.
    tags: "exclude_scheduler_library",
    variables: (versionOf) => ({
      "sigs.k8s.io/kueue/pkg/version.GitVersion": versionOf("sigs.k8s.io/kueue"),
    }),
    // After the tool kubernetes, whose packages it shares.
    expectedSeconds: 80,
    diskGb: 1,
  },
};

export function moduleFolder(tool: Tool): string {
  return join(toolModules, tool.name);
}

export interface ToolModule {
  readonly version: string;
  /** The oldest Go that can build it. */
  readonly oldestGo: string;
  /** The arguments of `go build`, up to the output. */
  readonly buildArguments: readonly string[];
}

/** What go.mod determines. */
export function readModule(tool: Tool): ToolModule {
  const file = join(moduleFolder(tool), "go.mod");
  const text = readFileSync(file, "utf8");
  const find = (what: string, line: RegExp): string => {
    const found = line.exec(text)?.[1];
    if (found === undefined)
      throw new Error(`${file} does not name ${what}. To restore it: git checkout ${file}`);
    return found;
  };
  const versionOf = (module: string): string =>
    find(
      `a version of ${module}`,
      new RegExp(`^\\s*(?:require )?${module.replaceAll(".", "\\.")} (v\\S+)`, "m"),
    );
  const variables = Object.entries(tool.variables(versionOf)).map(([name, value]) => `-X ${name}=${value}`);
  return {
    version: tool.module.startsWith("llm-platform/") ? "own" : versionOf(tool.module),
    oldestGo: find("a Go version", /^go (\S+)$/m),
    buildArguments: [
      "build",
      "-trimpath",
      // No debugging data. The linker would drop it, and compiling without it is a seventh faster.
      "-gcflags=all=-dwarf=false",
      ...(tool.tags === undefined ? [] : ["-tags", tool.tags]),
      "-ldflags",
      [
        "-s",
        "-w",
        ...variables,
        ...(tool.staticLibraries === undefined ? [] : ["-linkmode external -extldflags -static"]),
      ].join(" "),
    ],
  };
}
