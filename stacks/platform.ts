import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { unpinnedImages } from "../components/core/image-rules.ts";
import { Namespace } from "../components/core/namespace/index.ts";
import { Network } from "../components/core/network/index.ts";
import type { PlatformConfig } from "./config.ts";
import {
  type Built,
  type Capability,
  type Given,
  type ServiceOutput,
  STAGES,
  type UseOf,
} from "./feature.ts";
import { checkEnforcer } from "./features/network/check-enforcer.ts";
import type { LoadedConfig } from "./load-config.ts";
import {
  applicationNamespaces,
  edgesOf,
  imagesOf,
  IN_ORDER,
  isOn,
  plansOn,
  providerOf,
  servicesOf,
  usersOf,
  waitsFor,
  wantedNamespaces,
} from "./plan.ts";
import { secretSources } from "./secret-sources.ts";

/** The outputs of a stack: addresses, names of Secrets (never values), versions. */
export interface PlatformOutputs {
  readonly services: readonly ServiceOutput[];
  readonly secrets: Readonly<Record<string, SecretOutput>>;
}

/** A Secret for people, and what it gives access to. */
interface SecretOutput {
  readonly namespace: string;
  readonly name: pulumi.Input<string>;
  readonly key: string;
  /** The component that accepts it. */
  readonly service: string;
  /** The user that signs in with it in a browser. Absent for an API key. */
  readonly user?: string;
}

/** Builds the platform. Each feature gets the connections of the features before it. */
export function buildPlatform(loaded: LoadedConfig): PlatformOutputs {
  const { config } = loaded;
  warnOfUnpinnedImages(config);
  const provider = createProvider(config);
  // Nothing is created before the enforcement of network policies is checked.
  const base = { providers: [provider], dependsOn: checkEnforcer(config, { provider }) };
  const namespaces = Object.entries(wantedNamespaces(config)).map(
    ([name, args]) => new Namespace(name, args, base),
  );
  const network = new Network(
    "network",
    {
      edges: edgesOf(config),
      closed: Object.values(wantedNamespaces(config)).map(({ namespace }) => namespace),
    },
    pulumi.mergeOptions(base, { dependsOn: namespaces }),
  );

  const built = new Map<string, Built>();
  const given = givenBy(loaded, built);
  const resourcesOf = (features: readonly { readonly name: string }[]) =>
    features.flatMap(({ name }) => built.get(name)?.resources ?? []);
  let opts = pulumi.mergeOptions(base, { dependsOn: [...namespaces, network] });
  for (const stage of STAGES) {
    const features = IN_ORDER.filter((feature) => feature.stage === stage && isOn(feature, config));
    for (const feature of features) {
      const after = pulumi.mergeOptions(opts, { dependsOn: resourcesOf(waitsFor(config, feature)) });
      const result = feature.build?.({ ...given, opts: after });
      if (result !== undefined) built.set(feature.name, result);
    }
    opts = pulumi.mergeOptions(opts, { dependsOn: resourcesOf(features) });
  }
  const secrets = [...built.values()].flatMap((each) => Object.entries(each.secrets ?? {}));
  return {
    services: servicesOf(config),
    secrets: Object.fromEntries(
      secrets.map(([name, { ref, ...opens }]) => [name, { ...opens, name: ref.name, key: ref.key }]),
    ),
  };
}

function createProvider({ context, kubeconfig }: PlatformConfig): kubernetes.Provider {
  return new kubernetes.Provider("cluster", {
    context,
    // Set explicitly, because the SDK would otherwise read PULUMI_K8S_* from the environment. An unreachable cluster stops
    // an update and never removes objects from the state.
    enableServerSideApply: true,
    deleteUnreachable: false,
    skipUpdateUnreachable: false,
    // Secrets are immutable and a new value is a new Secret, except for the Secret that NATS reloads.
    enableSecretMutable: true,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
  });
}

function givenBy({ config, readers }: LoadedConfig, built: ReadonlyMap<string, Built>): Omit<Given, "opts"> {
  const sources = secretSources(config.secrets, readers);
  return {
    config,
    readers,
    sources,
    plans: plansOn(config),
    images: imagesOf(config),
    namespaces: applicationNamespaces(config),
    users: <C extends Capability>(of: C) =>
      Object.fromEntries(
        Object.entries(usersOf(config, of)).map(([name, use]: [string, UseOf<C>]) => {
          const password = use.credential === undefined ? undefined : sources[use.credential];
          return [name, { ...use, ...(password === undefined ? {} : { password }) }];
        }),
      ),
    connection: (of, name) => built.get(providerOf(config, of)?.name ?? "")?.connections?.[name],
  };
}

/** Anyone who can push to a registry can move a tag. Warns in prod until the images have digests. */
function warnOfUnpinnedImages(config: PlatformConfig): void {
  if (config.profile !== "prod") return;
  const unpinned = unpinnedImages(imagesOf(config));
  if (unpinned.length > 0)
    void pulumi.log.warn(
      `images without a digest: ${unpinned.join(", ")}. To pin them by digest: make pin-images`,
    );
}
