import type { ArgumentProblem } from "../invalid-args.ts";
import { cidrProblems } from "../network/render-address-egress.ts";
import type { WorkloadArgs } from "./args.ts";
import { EXPOSED_PORT, FIRST_NODE_PORT, LAST_NODE_PORT } from "./exposure.ts";
import { claimTemplates, volumeName } from "./mounts.ts";
import { containerPorts, type Probe } from "./render-pod.ts";

/** A port name that the API server accepts (IANA_SVC_NAME). */
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/;
const LONGEST_NAME_CHARACTERS = 63;

/** Problems with the arguments of a workload; empty if they are valid. */
export function validateWorkloadArgs(args: WorkloadArgs): ArgumentProblem[] {
  return [
    ...controllerProblems(args),
    ...autoscaleProblems(args),
    ...portProblems(args),
    ...mountProblems(args),
    ...timeProblems(args),
    ...exposureProblems(args),
  ];
}

/** Fields of the other controller, which would have no effect. */
function controllerProblems({ controller, ...args }: WorkloadArgs): ArgumentProblem[] {
  const of = (wanted: string, propertyPath: string) => ({
    propertyPath,
    reason: `is only for a ${wanted}`,
  });
  if (controller === "StatefulSet") {
    return args.autoscale === undefined ? [] : [of("Deployment", "autoscale")];
  }
  return [
    ...(args.headless === true ? [of("StatefulSet", "headless")] : []),
    ...(args.podManagement === undefined ? [] : [of("StatefulSet", "podManagement")]),
    ...claimTemplates(args.pod.mounts ?? {}).map(([path]) =>
      of("StatefulSet", `pod.mounts[${JSON.stringify(path)}].claimTemplate`),
    ),
  ];
}

function autoscaleProblems({ autoscale, replicas = 1, podDisruption }: WorkloadArgs): ArgumentProblem[] {
  const isWhole = (value: number, least: number) => Number.isInteger(value) && value >= least;
  return [
    ...(isWhole(replicas, 1)
      ? []
      : [{ propertyPath: "replicas", reason: "must be a whole number, at least 1" }]),
    ...(autoscale === undefined || isWhole(autoscale.maxReplicas, replicas + 1)
      ? []
      : [
          {
            propertyPath: "autoscale.maxReplicas",
            reason: `must be a whole number greater than replicas, which is ${replicas}`,
          },
        ]),
    ...(autoscale === undefined || isWhole(autoscale.cpuPercent, 1)
      ? []
      : [{ propertyPath: "autoscale.cpuPercent", reason: "must be a whole number, at least 1" }]),
    ...(podDisruption === undefined || isWhole(podDisruption.maxUnavailable, 1)
      ? []
      : [
          {
            propertyPath: "podDisruption.maxUnavailable",
            reason: "must be a whole number, at least 1: with 0 no node could be drained",
          },
        ]),
  ];
}

function portProblems({ pod }: WorkloadArgs): ArgumentProblem[] {
  const ports = containerPorts(pod);
  const published = Object.keys(pod.ports);
  const twice = Object.keys(pod.podPorts ?? {}).filter((name) => published.includes(name));
  return [
    ...(published.length === 0 ? [{ propertyPath: "pod.ports", reason: "a Service needs a port" }] : []),
    ...twice.map((name) => ({ propertyPath: `pod.podPorts.${name}`, reason: "is already one of pod.ports" })),
    ...Object.keys(ports)
      .filter((name) => !PORT_NAME.test(name))
      .map((name) => ({
        propertyPath: `pod.ports[${JSON.stringify(name)}]`,
        reason: "must be a name of at most 15 lower-case letters, digits and dashes",
      })),
    ...Object.entries<Probe>({ ...pod.probes }).flatMap(([kind, probe]) => {
      const port = probedPort(probe);
      return port === undefined || port in ports
        ? []
        : [
            {
              propertyPath: `pod.probes.${kind}`,
              reason: `refers to the port "${port}"; the container has ${Object.keys(ports).join(", ")}`,
            },
          ];
    }),
  ];
}

function probedPort(probe: Probe): string | undefined {
  if ("http" in probe) return probe.http.port;
  return "tcp" in probe ? probe.tcp.port : undefined;
}

/** Volumes are named after their paths, so `/a/b` and `/a-b` would have the same name. */
function mountProblems({ pod }: WorkloadArgs): ArgumentProblem[] {
  const paths = Object.keys(pod.mounts ?? {});
  return paths.flatMap((path, index) => {
    const propertyPath = `pod.mounts[${JSON.stringify(path)}]`;
    const name = volumeName(path);
    const other = paths.slice(0, index).find((earlier) => volumeName(earlier) === name);
    return [
      ...(path.startsWith("/") && name !== "" && name.length <= LONGEST_NAME_CHARACTERS
        ? []
        : [
            {
              propertyPath,
              reason: `must be an absolute path that names a volume, at most ${LONGEST_NAME_CHARACTERS} characters`,
            },
          ]),
      ...(other === undefined ? [] : [{ propertyPath, reason: `gives the same volume name as ${other}` }]),
    ];
  });
}

function timeProblems({ pod }: WorkloadArgs): ArgumentProblem[] {
  const grace = pod.terminationGracePeriodSeconds ?? 30;
  return (pod.preStopSleepSeconds ?? 0) < grace
    ? []
    : [
        {
          propertyPath: "pod.preStopSleepSeconds",
          reason: `must be shorter than the grace period of ${grace} s, or the process is killed before it receives the signal`,
        },
      ];
}

/** Problems with the exposure of a workload; empty if it is valid. */
export function exposureProblems({
  exposure = { kind: "none" },
  pod,
}: Pick<WorkloadArgs, "exposure"> & { readonly pod: Pick<WorkloadArgs["pod"], "ports"> }): ArgumentProblem[] {
  if (exposure.kind === "none") return [];
  const lacksPort = pod.ports[EXPOSED_PORT] === undefined;
  const names = Object.keys(pod.ports).join(", ");
  return [
    ...(lacksPort
      ? [
          {
            propertyPath: "exposure",
            reason: `needs the port named "${EXPOSED_PORT}"; the ports are ${names}`,
          },
        ]
      : []),
    ...(exposure.kind === "nodePort" && !isNodePort(exposure.nodePort)
      ? [
          {
            propertyPath: "exposure.nodePort",
            reason: `must be a whole number from ${FIRST_NODE_PORT} to ${LAST_NODE_PORT}`,
          },
        ]
      : []),
    ...("sources" in exposure && exposure.sources !== "everybody"
      ? cidrProblems("exposure.sources", exposure.sources)
      : []),
    ...("sources" in exposure && exposure.sources.length === 0
      ? [{ propertyPath: "exposure.sources", reason: 'must list the clients, or be "everybody"' }]
      : []),
  ];
}

function isNodePort(port: number): boolean {
  return Number.isInteger(port) && port >= FIRST_NODE_PORT && port <= LAST_NODE_PORT;
}
