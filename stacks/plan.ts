// What follows from the plans of all features.
import { type Image, IMAGES } from "../components/core/images.ts";
import type { NamespaceArgs } from "../components/core/namespace/args.ts";
import type { Edge, Endpoint } from "../components/core/network/endpoint.ts";
import { exposureEdges } from "../components/core/workload/exposure.ts";
import type { ConfigSource } from "./config-source.ts";
import { distinct } from "./given.ts";
import {
  type Around,
  type Capability,
  type Config,
  type Feature,
  type ImageName,
  type NamedNamespace,
  type Plan,
  type ServiceOutput,
  STAGES,
  type Toggles,
  type Users,
} from "./feature.ts";
import { FEATURES } from "./features/index.ts";
import { imageOf } from "./images.ts";

/** Features in the order in which they are built, and in which the configuration has their sections. */
export const IN_ORDER: readonly Feature[] = STAGES.flatMap((stage) =>
  FEATURES.filter((feature) => feature.stage === stage),
);

export function isOn({ name, toggle }: Feature, { features }: Pick<Config, "features">): boolean {
  return toggle === undefined || features[name as keyof Toggles];
}

function featuresOn(config: Config): Feature[] {
  return FEATURES.filter((feature) => isOn(feature, config));
}
/** Plans of the features that are on. */
export function plansOn(config: Config): Plan[] {
  return featuresOn(config).map(({ plan }) => plan(config));
}

export function wantedNamespaces(config: Config): Record<string, NamespaceArgs> {
  return namespacesOf(plansOn(config));
}
/** Namespaces of the platform's own applications, without those of tenants and policy engines. */
export function applicationNamespaces(config: Config): string[] {
  const plans = featuresOn(config).filter(({ stage }) => stage !== "policies");
  return Object.values(namespacesOf(plans.map(({ plan }) => plan(config))))
    .filter(({ role }) => role !== "tenant")
    .map(({ namespace }) => namespace);
}
function namespacesOf(plans: readonly Plan[]): Record<string, NamespaceArgs> {
  return Object.assign({}, ...plans.map(({ namespaces = {} }) => namespaces)) as Record<
    string,
    NamespaceArgs
  >;
}

/** The namespaces that the stack creates, each with the key that sets its name. Those with the prefix count even if off. */
export function madeNamespaces(config: Config): NamedNamespace[] {
  const made = FEATURES.flatMap((feature) => {
    const { namespaces = {}, namespaceKeys = {} } = feature.plan(config);
    return Object.entries(namespaces).flatMap(([name, { namespace }]): NamedNamespace[] => {
      const key = namespaceKeys[name];
      return key === undefined || isOn(feature, config)
        ? [{ path: ["namespacePrefix"], ...key, namespace }]
        : [];
    });
  });
  // If two have the same name, the one with its own key is wrong.
  const isChosen = ({ path }: NamedNamespace): number => Number(path.at(-1) === "namespace");
  return distinct(made).toSorted((one, other) => isChosen(one) - isChosen(other));
}
/** The existing namespaces in which the stack creates objects, each with the key that sets its name. */
export function existingNamespaces(config: Config): NamedNamespace[] {
  const { namespace } = config.ingressController;
  return [
    ...plansOn(config).flatMap(({ existingNamespaces: own = [] }) => [...own]),
    ...(namespace === undefined ? [] : [{ path: ["ingressController", "namespace"], namespace }]),
  ];
}

export function allWorkloads(config: Config): Endpoint[] {
  return FEATURES.flatMap(({ plan }) => [...(plan(config).workloads ?? [])]);
}

export function usersOf<C extends Capability>(config: Config, of: C): Users<C> {
  const uses = plansOn(config).flatMap(({ uses: all = [] }) => [...all]);
  return Object.fromEntries(uses.filter((use) => use.of === of).map((use) => [use.name, use])) as Users<C>;
}
/** The first provider that is on. */
export function providerOf(config: Config, of: Capability): Feature | undefined {
  return featuresOn(config).find(({ provides }) => provides === of);
}
/** The features that are built before a feature. */
export function waitsFor(config: Config, { plan }: Feature): Feature[] {
  const needed = (plan(config).uses ?? []).filter(({ needs }) => needs === "to-start");
  return distinct(needed.map(({ of }) => of)).flatMap((of) => providerOf(config, of) ?? []);
}

export function edgesOf(config: Config): Edge[] {
  const plans = plansOn(config);
  const metrics = distinct(plans.flatMap(({ metrics: own = [] }) => [...own]));
  // The pods of one feature can have several uses of another.
  return distinct([
    ...plans.flatMap(({ edges = [], uses = [], exposed }): Edge[] => [
      ...uses.flatMap(({ of, callers, ports }): Edge[] => {
        const to = providerOf(config, of)?.plan(config).server;
        if (to === undefined) return [];
        return callers.map((from): Edge =>
          "outside" in from
            ? { from, to, ports: ports ?? Object.keys(to.ports) }
            : { from, to, ...(ports === undefined ? {} : { ports }) },
        );
      }),
      ...edges,
      ...(exposed === undefined ? [] : exposureEdges(exposed.exposure, exposed.server)),
    ]),
    ...plans.flatMap(({ metricsReader: outside }) =>
      outside === undefined
        ? []
        : metrics.map((to) => ({ from: { outside }, to, ports: Object.keys(to.ports) })),
    ),
  ]);
}

export function aroundOf(config: Config, source: ConfigSource): Around {
  return {
    source,
    users: (of) => usersOf(config, of),
    plans: plansOn(config),
    workloads: allWorkloads(config),
    made: madeNamespaces(config),
    images: imagesOf(config),
  };
}

export function imageNames(config: Config): ImageName[] {
  const used = plansOn(config).flatMap(({ images = [] }) => [...images]);
  return (Object.keys(IMAGES) as ImageName[]).filter((name) => used.includes(name));
}
export function imagesOf(config: Config): Partial<Record<ImageName, Image>> {
  return Object.fromEntries(imageNames(config).map((name) => [name, imageOf(config, name)]));
}
export function servicesOf(config: Config): ServiceOutput[] {
  return plansOn(config).flatMap(({ services = [] }) => [...services]);
}
export function usesCharts(config: Config): boolean {
  return plansOn(config).some(({ installsChart = false }) => installsChart);
}
