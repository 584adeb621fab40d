// What the tools are and how each is built. Versions have one home, the go.mod files under sandbox/tools/.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toolModules } from "./paths.ts";

export const toolNames = ["kubernetes", "pulumi", "kwok", "helm"] as const;
export type ToolName = (typeof toolNames)[number];

/** The programs of each tool: the name in code, and the name of the file. */
export const binaries = {
  kubernetes: {
    kubectl: "kubectl",
    kubeApiserver: "kube-apiserver",
    kubeControllerManager: "kube-controller-manager",
    kubeScheduler: "kube-scheduler",
    etcd: "etcd",
  },
  pulumi: { pulumi: "pulumi" },
  kwok: { kwok: "kwok", kwokctl: "kwokctl" },
  helm: { helm: "helm" },
} as const satisfies Record<ToolName, Record<string, string>>;

type BinaryOf<N extends ToolName> = N extends ToolName ? keyof (typeof binaries)[N] : never;

/** Absolute paths of the programs of the tools N. */
export type ToolPaths<N extends ToolName = ToolName> = { readonly [B in BinaryOf<N>]: string };

type VersionOf = (module: string) => string;

export interface Tool {
  readonly name: ToolName;
  /** The module whose version is the version of the tool. */
  readonly module: string;
  readonly packages: readonly string[];
  /** A multi-call binary: its programs are links to it. */
  readonly multiCall?: string;
  readonly tags?: string;
  /** Go variables that are set at link time, from the versions in go.mod. */
  readonly variables: (versionOf: VersionOf) => Record<string, string>;
  /** Measured alone on 2 cores with empty caches. */
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
    // Both packages: the server says the one, kubectl the other; without them charts with a kubeVersion fail.
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
    // With its `v`, or the Automation API refuses the CLI.
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
    // Without the Kubernetes version, `helm template` believes in 1.20 and refuses newer charts.
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

/** What go.mod decides. */
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
    version: versionOf(tool.module),
    oldestGo: find("a Go version", /^go (\S+)$/m),
    buildArguments: [
      "build",
      "-trimpath",
      ...(tool.tags === undefined ? [] : ["-tags", tool.tags]),
      "-ldflags",
      ["-s", "-w", ...variables].join(" "),
    ],
  };
}
