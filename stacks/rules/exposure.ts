import { type ConfigPath, type ConfigProblem, fixCommand, removeCommand } from "../config-problem.ts";
import type { ExposureConfig, IngressControllerConfig } from "../schema/exposure.ts";

/** A service's exposure, and its path in the configuration. */
export interface ExposedService {
  readonly path: ConfigPath;
  readonly exposure: ExposureConfig;
}

type Kind = ExposureConfig["kind"];
type Key = Exclude<keyof ExposureConfig, "kind">;

/** The keys that each kind needs. Other keys would have no effect. The clients are checked separately. */
const NEEDS: Readonly<Record<Kind, readonly Key[]>> = {
  none: [],
  nodePort: ["nodePort"],
  loadBalancer: [],
  ingress: ["host", "ingressClass", "tlsSecret"],
  gatewayRoute: ["host", "gateway", "gatewayNamespace", "gatewayListener"],
};
const BY_ADDRESS: readonly Kind[] = ["nodePort", "loadBalancer"];
const BY_CONTROLLER: readonly Kind[] = ["ingress", "gatewayRoute"];
const SOURCE_KEYS: readonly Key[] = ["sourceRanges", "openToAll"];

/** The rules between the keys of all exposures. `controllerPath` is the path of the ingress controller. */
export function exposureProblems(
  services: readonly ExposedService[],
  controller: IngressControllerConfig,
  controllerPath: ConfigPath = ["ingressController"],
): ConfigProblem[] {
  return [
    ...services.flatMap((service) => [
      ...missingKeys(service),
      ...uselessKeys(service),
      ...sourceProblems(service),
    ]),
    ...clashes(services),
    ...(services.some(({ exposure }) => BY_CONTROLLER.includes(exposure.kind))
      ? controllerProblems(controller, controllerPath)
      : []),
  ];
}

function missingKeys({ path, exposure }: ExposedService): ConfigProblem[] {
  return NEEDS[exposure.kind]
    .filter((key) => exposure[key] === undefined)
    .map((key) => ({
      path: [...path, key],
      reason: `is required with an exposure of kind ${exposure.kind}`,
      fix: fixCommand([...path, key]),
    }));
}

function uselessKeys({ path, exposure }: ExposedService): ConfigProblem[] {
  const { kind } = exposure;
  const wanted = [...NEEDS[kind], ...(BY_ADDRESS.includes(kind) ? SOURCE_KEYS : [])];
  return (Object.keys(exposure) as (keyof ExposureConfig)[])
    .filter((key) => key !== "kind")
    .filter((key) => !wanted.includes(key) && isSet(exposure[key]))
    .map((key) => ({
      path: [...path, key],
      value: exposure[key],
      reason: `has no effect with an exposure of kind ${kind}`,
      fix: removeCommand([...path, key]),
    }));
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}

/** The clients must be set explicitly, so that a missing key never admits every client. */
function sourceProblems({ path, exposure }: ExposedService): ConfigProblem[] {
  const { kind, openToAll, sourceRanges } = exposure;
  if (!BY_ADDRESS.includes(kind)) return [];
  const open = [...path, "openToAll"];
  if (openToAll && sourceRanges.length > 0) {
    return [
      {
        path: open,
        value: true,
        reason: `admits every client, so ${sourceRanges.join(", ")} would have no effect`,
        fix: `${removeCommand(open)}  (or: ${removeCommand([...path, "sourceRanges"])})`,
      },
    ];
  }
  if (openToAll || sourceRanges.length > 0) return [];
  return [
    {
      path: [...path, "sourceRanges"],
      reason: `is required: the clients that may connect to a service of kind ${kind}`,
      fix: `${fixCommand([...path, "sourceRanges", 0])}  (or, for everybody: ${fixCommand(open, "true")})`,
    },
  ];
}

/** Two services cannot share a node port or a host name. The second would be rejected or would hide the first. */
function clashes(services: readonly ExposedService[]): ConfigProblem[] {
  return (["nodePort", "host"] as const).flatMap((key) =>
    services.flatMap(({ path, exposure }, index) => {
      const value = NEEDS[exposure.kind].includes(key) ? exposure[key] : undefined;
      const first = services
        .slice(0, index)
        .find((earlier) => NEEDS[earlier.exposure.kind].includes(key) && earlier.exposure[key] === value);
      if (value === undefined || first === undefined) return [];
      return [
        {
          path: [...path, key],
          value,
          reason: `is the ${key} of ${first.path.join(".")} already`,
          fix: fixCommand([...path, key]),
        },
      ];
    }),
  );
}

function controllerProblems(controller: IngressControllerConfig, path: ConfigPath): ConfigProblem[] {
  const reason = "is required: network policies admit only the pods that forward requests";
  return [
    ...(controller.namespace === undefined
      ? [{ path: [...path, "namespace"], reason, fix: fixCommand([...path, "namespace"]) }]
      : []),
    ...(controller.podLabels.length === 0
      ? [{ path: [...path, "podLabels"], reason, fix: fixCommand([...path, "podLabels", 0]) }]
      : []),
  ];
}
