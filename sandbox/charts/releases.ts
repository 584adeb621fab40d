// The Helm releases of a configuration, as the program makes them: the program runs against mocks of Pulumi's engine.
import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../../stacks/config.ts";
import { buildPlatform } from "../../stacks/platform.ts";

/** Every secret of the program has this value here, so that values show whether they contain one. */
export const SECRET = "a-secret-of-the-program";

export type Labels = Readonly<Record<string, string>>;

/** A network policy that is not for all pods alike. */
export interface Opening {
  readonly name: string;
  readonly namespace: string;
  /** Empty for every pod of the namespace. */
  readonly podLabels: Labels;
}

export interface PlannedRelease {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version: string;
  readonly repository?: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The openings in its namespace. Absent where the platform does not close the namespace. */
  readonly openings?: readonly Opening[];
  /** Whether its namespace enforces Pod Security `restricted`. */
  readonly restricted: boolean;
}

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

interface OwnWorkload {
  readonly metadata: { readonly namespace: string };
  readonly spec?: { readonly template?: { readonly metadata?: { readonly labels?: Labels } } };
}

export function selects({ podLabels }: Pick<Opening, "podLabels">, labels: Labels): boolean {
  return Object.entries(podLabels).every(([key, value]) => labels[key] === value);
}

/** Policies of every namespace of the platform: they open nothing but DNS. */
const CLOSING = ["default-deny", "allow-dns"];

/** @throws the program's error, if the configuration is not valid */
export async function plannedReleases(config: PlatformConfig): Promise<PlannedRelease[]> {
  const registered = await registeredBy(config);
  const of = (type: string) => registered.filter((resource) => resource.type === type);
  const ownPods = registered.flatMap(({ inputs }) => {
    const { metadata, spec } = inputs as unknown as OwnWorkload;
    const labels = spec?.template?.metadata?.labels;
    return labels === undefined ? [] : [{ namespace: metadata.namespace, labels }];
  });
  const openings = of("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    .map(({ inputs }): Opening => {
      const { metadata, spec } = inputs as unknown as {
        readonly metadata: { readonly name: string; readonly namespace: string };
        readonly spec: { readonly podSelector: { readonly matchLabels?: Labels } };
      };
      const { name, namespace } = metadata;
      return { name, namespace, podLabels: spec.podSelector.matchLabels ?? {} };
    })
    .filter(({ name }) => !CLOSING.includes(name))
    // Those of the program's own pods, such as Jobs beside the release.
    .filter(
      (opening) =>
        !ownPods.some(({ namespace, labels }) => namespace === opening.namespace && selects(opening, labels)),
    );
  const namespaces = of("kubernetes:core/v1:Namespace").map(
    ({ inputs }) => inputs["metadata"] as { readonly name: string; readonly labels: Labels },
  );
  return of("kubernetes:helm.sh/v3:Release").map(({ inputs }) => {
    const { repositoryOpts, ...release } = inputs as unknown as Omit<PlannedRelease, "restricted"> & {
      readonly repositoryOpts?: { readonly repo: string };
    };
    const namespace = namespaces.find(({ name }) => name === release.namespace);
    return {
      name: release.name,
      namespace: release.namespace,
      chart: release.chart,
      version: release.version,
      values: release.values,
      ...(repositoryOpts === undefined ? {} : { repository: repositoryOpts.repo }),
      ...(namespace === undefined
        ? {}
        : { openings: openings.filter((opening) => opening.namespace === release.namespace) }),
      restricted: namespace?.labels["pod-security.kubernetes.io/enforce"] === "restricted",
    };
  });
}

async function registeredBy(config: PlatformConfig): Promise<Registered[]> {
  const registered: Registered[] = [];
  const secret = () => pulumi.secret(SECRET);
  await pulumi.runtime.setMocks(
    {
      call: ({ token }) => {
        throw new Error(`the program called ${token}`);
      },
      newResource: ({ type, name, inputs, custom }) => {
        registered.push({ type, name, inputs: inputs as Registered["inputs"] });
        return {
          id: custom === true ? `${name}-id` : undefined,
          state: stateOf(type, name, inputs as object),
        };
      },
    },
    "llm-platform",
    undefined,
    // As in a preview: what a release has made is unknown.
    true,
  );
  // The mocks say that they support hooks, and do not.
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResourceHook: (request: unknown, callback: (error: null) => void) => void;
  };
  monitor.registerResourceHook = (_, callback) => {
    callback(null);
  };
  await pulumi.runtime.runInPulumiStack(() => {
    buildPlatform({ config, readers: { configKey: secret, onePassword: secret } });
    return Promise.resolve({});
  });
  await pulumi.runtime.disconnect();
  return registered;
}

function stateOf(type: string, name: string, inputs: object): object {
  if (type === "random:index/randomPassword:RandomPassword")
    return { ...inputs, result: pulumi.secret(SECRET), bcryptHash: pulumi.secret(SECRET) };
  if (type === "pulumi:index:Stash") return { ...inputs, output: (inputs as { input: unknown }).input };
  const { metadata } = inputs as { readonly metadata?: object };
  return metadata === undefined ? inputs : { ...inputs, metadata: { name, ...metadata } };
}
